import MillStore

/// What can be wrong with results on the disk.
public enum ArchiveError: Error, Sendable, Equatable {
    /// Another run writes to the folder.
    case inUse(folder: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// JSON that is no record; `place` is a JSON pointer into it, such as `/figures/3/name`.
    case malformed(place: String, reason: String)
    /// A newer version of the program wrote the record.
    case unknownFormat(String)
    /// The caller wanted no more.
    case cancelled

    init(_ error: StoreError, path: String) {
        switch error {
        case .unwritable(let path, let reason): self = .unwritable(path: path, reason: reason)
        case .full: self = .unwritable(path: path, reason: "the disk is full")
        default: self = .unwritable(path: path, reason: "\(error)")
        }
    }
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let folder):
            "\(folder): another run writes its results there; wait for it, or choose another folder"
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason)"
        case .unwritable(let path, let reason):
            "cannot write \(path): \(reason)"
        case .malformed(let place, let reason):
            "no record of a report: \(place.isEmpty ? "it" : place) \(reason)"
        case .unknownFormat(let format):
            "the record's format is '\(format)', this program reads '\(ReportRecord.format)'; update the program"
        case .cancelled:
            "the results were not put together: the run was broken off"
        }
    }
}
