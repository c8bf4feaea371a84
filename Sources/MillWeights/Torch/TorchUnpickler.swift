import MillTensor

/// Reads the pickles (protocols 2 to 5) in which PyTorch saves dictionaries of tensors, and nothing else.
///
/// A pickle is a program that may call any function. This one calls none: it knows the opcodes that build plain values and the
/// few functions of ``PickleGlobal``, and refuses all others by name. Numbers of values are bounded.
struct TorchUnpickler {
    private(set) var lists: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private var reader: ByteReader
    private var stack: [PickleValue] = []
    /// Heights of the stack at which groups of values begin.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var itemCount = 0
    /// What the elements of each storage are, by its key.
    private(set) var storageTypes: [String: DType] = [:]

    private static let maximumStack = 1 << 16
    private static let maximumItems = 1 << 21
    private static let maximumTextByteCount = 1 << 16
    private static let maximumRank = 16

    /// - Parameter range: where the pickle lies; for old files, where the first one may lie.
    init(storage: Storage, path: String, range: Range<Int>) {
        reader = ByteReader(storage: storage, path: path, range: range)
    }

    /// Where the next pickle begins.
    var offset: Int { reader.offset }

    /// Reads up to the end of one pickle and gives what it stands for.
    mutating func load() throws(WeightsError) -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let start = reader.offset
            let opcode = try reader.integer(UInt8.self, "pickle")
            if opcode == UInt8(ascii: ".") { return try pop() }
            if try constant(opcode) { continue }
            if try container(opcode) { continue }
            if try reference(opcode) { continue }
            if try construct(opcode) { continue }
            throw .unsupported(
                path: reader.path, item: "pickle at byte \(start)",
                reason: "opcode 0x\(String(opcode, radix: 16)) is not used for tensors, and is not carried out; save the model's"
                    + " state_dict, or as safetensors")
        }
    }

    /// The items of a tuple or list.
    func items(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .tuple(let index), .list(let index): lists[index]
        default: nil
        }
    }

    private func error(_ reason: String) -> WeightsError { reader.error("pickle", reason) }
}

extension TorchUnpickler {
    private mutating func push(_ value: PickleValue) throws(WeightsError) {
        guard stack.count < Self.maximumStack else { throw error("more than \(Self.maximumStack) values are waiting") }
        stack.append(value)
    }

    private mutating func pop() throws(WeightsError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw error("a value is missing") }
        return value
    }

    private mutating func popToMark() throws(WeightsError) -> [PickleValue] {
        guard let height = marks.popLast(), height <= stack.count else { throw error("a mark is missing") }
        defer { stack.removeSubrange(height...) }
        return Array(stack[height...])
    }

    private mutating func count(_ items: Int) throws(WeightsError) {
        itemCount += items
        guard itemCount <= Self.maximumItems else { throw error("there are more than \(Self.maximumItems) values") }
    }

    private mutating func newList(_ items: [PickleValue]) throws(WeightsError) -> Int {
        try count(items.count + 1)
        lists.append(items)
        return lists.count - 1
    }

    private mutating func newDictionary() throws(WeightsError) -> PickleValue {
        try count(1)
        dictionaries.append([])
        return .dictionary(dictionaries.count - 1)
    }

    // --- Opcodes, by what they do; each says whether it knows the opcode ---

    private mutating func constant(_ opcode: UInt8) throws(WeightsError) -> Bool {
        switch opcode {
        case 0x80: try reader.skip(1, "pickle protocol")
        case 0x95: try reader.skip(8, "pickle frame")
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "J"): try push(.int(Int(try reader.integer(Int32.self, "pickle"))))
        case UInt8(ascii: "K"): try push(.int(Int(try reader.integer(UInt8.self, "pickle"))))
        case UInt8(ascii: "M"): try push(.int(Int(try reader.integer(UInt16.self, "pickle"))))
        case 0x8A: try push(.int(try long(Int(try reader.integer(UInt8.self, "pickle")))))
        case UInt8(ascii: "G"):
            try push(.float(Double(bitPattern: UInt64(bigEndian: try reader.integer(UInt64.self, "pickle")))))
        case UInt8(ascii: "X"), UInt8(ascii: "T"): try push(.text(try text(Int(try reader.integer(UInt32.self, "pickle")))))
        case 0x8C, UInt8(ascii: "U"): try push(.text(try text(Int(try reader.integer(UInt8.self, "pickle")))))
        default: return false
        }
        return true
    }

    private mutating func container(_ opcode: UInt8) throws(WeightsError) -> Bool {
        switch opcode {
        case UInt8(ascii: "("):
            guard marks.count < Self.maximumStack else { throw error("more than \(Self.maximumStack) marks are set") }
            marks.append(stack.count)
        case UInt8(ascii: ")"): try push(.tuple(try newList([])))
        case UInt8(ascii: "t"): try push(.tuple(try newList(try popToMark())))
        case 0x85, 0x86, 0x87:
            var items: [PickleValue] = []
            for _ in 0..<opcode - 0x84 { items.append(try pop()) }
            try push(.tuple(try newList(items.reversed())))
        case UInt8(ascii: "]"): try push(.list(try newList([])))
        case UInt8(ascii: "}"): try push(try newDictionary())
        case UInt8(ascii: "a"): try append([try pop()])
        case UInt8(ascii: "e"): try append(try popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            try set([try pop(), value])
        case UInt8(ascii: "u"): try set(try popToMark())
        case UInt8(ascii: "0"): _ = try pop()
        default: return false
        }
        return true
    }

    private mutating func reference(_ opcode: UInt8) throws(WeightsError) -> Bool {
        switch opcode {
        case UInt8(ascii: "q"): try remember(Int(try reader.integer(UInt8.self, "pickle")))
        case UInt8(ascii: "r"): try remember(Int(try reader.integer(UInt32.self, "pickle")))
        case 0x94: try remember(memo.count)
        case UInt8(ascii: "h"): try recall(Int(try reader.integer(UInt8.self, "pickle")))
        case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self, "pickle")))
        default: return false
        }
        return true
    }

    private mutating func construct(_ opcode: UInt8) throws(WeightsError) -> Bool {
        switch opcode {
        case UInt8(ascii: "c"):
            let module = try line()
            try push(.global(try global(module, try line())))
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw error("the name of a function is no string")
            }
            try push(.global(try global(module, name)))
        case UInt8(ascii: "R"):
            let arguments = try pop()
            guard case .global(let function) = try pop(), let items = items(arguments) else {
                throw error("something that is no function is called")
            }
            try push(try result(of: function, items))
        case UInt8(ascii: "Q"): try push(.storage(try storage(try pop())))
        case UInt8(ascii: "b"):
            // Attributes of a dictionary, such as `_metadata`, say nothing about tensors.
            guard case .dictionary = try pop(), case .dictionary? = stack.last else {
                throw error("attributes are set of something that is no dictionary")
            }
        default: return false
        }
        return true
    }

    // --- Parts of them ---

    private mutating func long(_ byteCount: Int) throws(WeightsError) -> Int {
        guard byteCount <= 8 else { throw error("an integer has \(byteCount) bytes; at most 8 are supported") }
        var bits: UInt64 = 0
        for index in 0..<byteCount { bits |= UInt64(try reader.integer(UInt8.self, "pickle")) << UInt64(8 * index) }
        guard byteCount > 0 else { return 0 }
        let unused = UInt64(64 - 8 * byteCount)
        return Int(Int64(bitPattern: bits << unused) >> Int64(unused))
    }

    private mutating func text(_ byteCount: Int) throws(WeightsError) -> String {
        guard byteCount <= Self.maximumTextByteCount else {
            throw error("a string has \(byteCount) bytes; at most \(Self.maximumTextByteCount) are supported")
        }
        let start = try reader.skip(byteCount, "pickle string")
        let bytes = UnsafeRawBufferPointer(start: reader.storage.base + start, count: byteCount)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("a string is not valid UTF-8") }
        return text
    }

    /// Up to the end of the line.
    private mutating func line() throws(WeightsError) -> String {
        var bytes: [UInt8] = []
        while case let byte = try reader.integer(UInt8.self, "pickle"), byte != UInt8(ascii: "\n") {
            bytes.append(byte)
            guard bytes.count <= 256 else { throw error("the name of a function is too long") }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func global(_ module: String, _ name: String) throws(WeightsError) -> PickleGlobal {
        if let global = PickleGlobal(module: module, name: name) { return global }
        throw .unsupported(
            path: reader.path, item: "\(module).\(name)",
            reason:
                "the file asks to call it, and nothing is called; a dictionary of tensors needs only \(PickleGlobal.supported);"
                + " save the model's state_dict alone, or as safetensors")
    }

    private mutating func append(_ items: [PickleValue]) throws(WeightsError) {
        guard case .list(let index)? = stack.last else { throw error("something is added to what is no list") }
        try count(items.count)
        lists[index] += items
    }

    private mutating func set(_ items: [PickleValue]) throws(WeightsError) {
        guard case .dictionary(let index)? = stack.last, items.count.isMultiple(of: 2) else {
            throw error("a key is set of what is no dictionary")
        }
        try count(items.count)
        for start in stride(from: 0, to: items.count, by: 2) { dictionaries[index].append((items[start], items[start + 1])) }
    }

    private mutating func remember(_ index: Int) throws(WeightsError) {
        guard let value = stack.last else { throw error("a value is missing") }
        try count(1)
        memo[index] = value
    }

    private mutating func recall(_ index: Int) throws(WeightsError) {
        guard let value = memo[index] else { throw error("value \(index) is not known") }
        try push(value)
    }

    private mutating func result(of function: PickleGlobal, _ arguments: [PickleValue]) throws(WeightsError) -> PickleValue {
        switch function {
        case .orderedDictionary:
            let dictionary = try newDictionary()
            guard case .dictionary(let index) = dictionary else { return dictionary }
            guard let pairs = arguments.first else { return dictionary }
            // Python 2 gives the items with the call.
            guard arguments.count == 1, let pairs = items(pairs) else { throw error("an OrderedDict is made of no list") }
            try count(2 * pairs.count)
            for pair in pairs {
                guard let items = items(pair), items.count == 2 else { throw error("an OrderedDict is made of no pairs") }
                dictionaries[index].append((items[0], items[1]))
            }
            return dictionary
        case .rebuildTensor:
            guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
                let shape = sizes(arguments[2]), let strides = sizes(arguments[3]), shape.count == strides.count
            else { throw error("a tensor is not made of a storage, an offset, a shape and strides") }
            return .tensor(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides))
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw error("a parameter is made of no tensor") }
            return arguments[0]
        case .storageType: throw error("a storage is made outside the file's own")
        }
    }

    private func sizes(_ value: PickleValue) -> [Int]? {
        guard let items = items(value), items.count <= Self.maximumRank else { return nil }
        let sizes = items.compactMap { if case .int(let size) = $0, size >= 0 { size } else { nil } }
        return sizes.count == items.count ? sizes : nil
    }

    /// `("storage", type, key, location, number of elements)`; old files add None, or for a view on another storage its place.
    private mutating func storage(_ value: PickleValue) throws(WeightsError) -> TorchStorage {
        guard let items = items(value), items.count >= 5, case .text("storage") = items[0],
            case .global(.storageType(let dtype)) = items[1], case .text(let key) = items[2],
            case .int(let elementCount) = items[4],
            elementCount >= 0
        else { throw error("a storage is not described as PyTorch does") }
        if items.count > 5 {
            guard case .none = items[5] else {
                throw .unsupported(
                    path: reader.path, item: "storage \(key)", reason: "it is a view on another storage; save the file again")
            }
        }
        guard storageTypes.updateValue(dtype, forKey: key) ?? dtype == dtype else { throw error("storage \(key) has two types") }
        return TorchStorage(key: key, dtype: dtype, elementCount: elementCount)
    }
}
