import Glibc

enum Machine {
    /// Cores that are online.
    static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
