import Glibc
import MillTensor

/// Where copies are made: hidden folders `.NAME.copying.XXXXXX` of the registry, each locked by the process that fills it (flock).
/// The lock goes with the process, so a folder that can be locked is what a killed one left.
extension RegistryCopy {
    private static let mark = ".copying"

    /// A new hidden folder for what is to be at `place`.
    ///
    /// - Returns: its path, and a descriptor that holds its lock until it is closed.
    static func makeHidden(for place: String) throws(ModelError) -> (path: String, lock: Int32) {
        let (registry, name) = ModelFile.split(place)
        // Nobody looks for leftovers between the making of the folder and its lock.
        let door = folder(registry, LOCK_SH)
        defer { if door >= 0 { close(door) } }
        var template = Array("\(registry)/.\(name)\(mark).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure(place) }
        let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let lock = folder(path, LOCK_EX | LOCK_NB, O_NOFOLLOW)
        guard lock >= 0 else {
            let error = failure(path)
            rmdir(path)
            throw error
        }
        return (path, lock)
    }

    /// Removes what killed copies left in the folder of a registry; those of processes that live stay.
    ///
    /// - Returns: the names of the folders that are gone.
    static func removeLeftovers(in registry: String, manifest: String) -> [String] {
        let hidden = ((try? FolderEntries.names(in: registry)) ?? []).filter(isHiddenName)
        guard !hidden.isEmpty else { return [] }
        let door = folder(registry, LOCK_EX | LOCK_NB)
        // Somebody is beginning a copy, or looking just now; what is left is found the next time.
        guard door >= 0 else { return [] }
        defer { close(door) }
        return hidden.sorted().filter { name in
            let path = "\(registry)/\(name)"
            let lock = folder(path, LOCK_EX | LOCK_NB, O_NOFOLLOW)
            guard lock >= 0 else { return false }
            defer { close(lock) }
            // Before its list is written a copy holds nothing, and its name alone tells whose it is.
            guard ModelFile.exists("\(path)/\(manifest)") else {
                return name.dropLast(7).hasSuffix(mark) && rmdir(path) == 0
            }
            return (try? remove(path, manifest: manifest))?.isEmpty ?? false
        }
    }

    /// `.NAME.XXXXXX`, as ``makeHidden(for:)`` calls its folders, of which the name may end in ``mark``.
    private static func isHiddenName(_ word: String) -> Bool {
        let end = word.utf8.suffix(7)
        guard word.hasPrefix("."), word.utf8.count > 8, end.first == UInt8(ascii: ".") else { return false }
        let isRandom = end.dropFirst().allSatisfy { ModelRegistry.isName(String(UnicodeScalar($0))) }
        let name = word.dropFirst().dropLast(7)
        // With its mark a long name would be too long for one.
        return isRandom && ModelRegistry.isName(String(name.hasSuffix(mark) ? name.dropLast(mark.count) : name))
    }

    /// A descriptor of a folder, with a lock on it; -1 where there is none or it is held elsewhere.
    ///
    /// - Parameter flags: besides those that say that it is a folder.
    private static func folder(_ path: String, _ lock: Int32, _ flags: Int32 = 0) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags)
        guard descriptor >= 0 else { return -1 }
        while flock(descriptor, lock) != 0 {
            if errno == EINTR { continue }
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
