import MillTensor

/// A tensor of an ONNX file (`TensorProto`), where its elements lie in the file or beside it.
struct ONNXInitializer {
    enum Place {
        /// Dense little-endian elements in the file itself.
        case bytes(Range<Int>)
        /// Integers of any length each, one after the other.
        case varints(Range<Int>)
        /// Dense little-endian elements in another file of the folder; no length means as many as the shape has.
        case external(location: String, offset: Int, byteCount: Int?)
    }

    let name: String
    /// nil for element types that are not supported.
    let dtype: DType?
    let typeNumber: Int
    /// Outermost first.
    let shape: [Int]
    let elementCount: Int
    let place: Place

    private static let maximumRank = 16
    private static let types: [Int: DType] = [
        1: .f32, 2: .u8, 3: .i8, 5: .i16, 6: .i32, 7: .i64, 9: .bool, 10: .f16, 11: .f64, 16: .bf16,
    ]

    init(storage: Storage, path: String, range: Range<Int>) throws(WeightsError) {
        var message = ProtobufReader(storage: storage, path: path, range: range, item: "initializer")
        var (name, shape, typeNumber) = ("", [Int](), 0)
        var (raw, numbers): (Range<Int>?, (field: Int, range: Range<Int>)?) = (nil, nil)
        var properties: [Range<Int>] = []
        var isExternal = false
        while let (number, value) = try message.next() {
            switch (number, value) {
            case (1, .integer(let size)): shape.append(try Self.size(size, message))
            case (1, .bytes(let range)):
                var sizes = ProtobufReader(storage: storage, path: path, range: range, item: "initializer")
                while !sizes.isAtEnd, shape.count <= Self.maximumRank { shape.append(try Self.size(try sizes.varint(), message)) }
            case (2, .integer(let type)): typeNumber = Int(truncatingIfNeeded: type)
            case (3, _): throw message.error("it is cut into segments, which is not supported")
            case (8, .bytes(let range)):
                guard range.count <= 1 << 16, let text = storage.text(range) else {
                    throw message.error("its name is no valid text")
                }
                name = text
            case (9, .bytes(let range)): raw = range
            case (4, .bytes(let range)), (5, .bytes(let range)), (7, .bytes(let range)), (10, .bytes(let range)):
                guard numbers == nil else { throw message.error("its elements are in several parts, which is not supported") }
                numbers = (number, range)
            case (4, _), (5, _), (7, _), (10, _):
                throw message.error("its elements lie one by one, which is not supported")
            case (13, .bytes(let range)): properties.append(range)
            case (14, .integer(let location)): isExternal = location == 1
            default: continue
            }
            guard shape.count <= Self.maximumRank else { throw message.error("it has more than \(Self.maximumRank) dimensions") }
        }
        guard !name.isEmpty else { throw message.error("it has no name") }
        self.name = name
        self.shape = shape
        self.typeNumber = typeNumber
        dtype = Self.types[typeNumber]
        func error(_ reason: String) -> WeightsError {
            .malformed(path: path, item: "initializer \(name)", offset: range.lowerBound, reason: reason)
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw error("its shape \(shape) overflows") }
            count = product
        }
        elementCount = count
        guard let dtype else {
            place = .bytes(range.lowerBound..<range.lowerBound)
            return
        }
        guard let byteCount = dtype.byteCount(elementCount: count) else { throw error("its shape \(shape) overflows") }
        if isExternal {
            place = try Self.external(properties, storage, path, error)
            return
        }
        switch (raw, numbers?.field) {
        case (let raw?, nil): place = .bytes(raw)
        case (nil, 4?) where dtype == .f32, (nil, 10?) where dtype == .f64: place = .bytes(numbers?.range ?? range)
        case (nil, 5?) where ![.f32, .f64, .i64].contains(dtype), (nil, 7?) where dtype == .i64:
            place = .varints(numbers?.range ?? range)
        case (nil, nil) where count == 0: place = .bytes(range.lowerBound..<range.lowerBound)
        default: throw error("it has no elements, or those of another type than its own")
        }
        switch place {
        case .bytes(let place):
            guard place.count == byteCount else {
                throw error("it holds \(place.count) bytes, but \(dtype.name) \(shape) takes \(byteCount)")
            }
        case .varints(let place):
            guard place.count >= count else { throw error("it holds fewer than the \(count) elements of its shape \(shape)") }
        case .external: break
        }
    }

    private static func size(_ raw: UInt64, _ message: ProtobufReader) throws(WeightsError) -> Int {
        guard let size = Int(exactly: raw) else { throw message.error("a dimension is below zero") }
        return size
    }

    private static func external(
        _ properties: [Range<Int>], _ storage: Storage, _ path: String, _ error: (String) -> WeightsError
    ) throws(WeightsError) -> Place {
        var values: [String: String] = [:]
        for range in properties {
            var message = ProtobufReader(storage: storage, path: path, range: range, item: "external data")
            var (key, text) = ("", "")
            while let (number, value) = try message.next() {
                guard case .bytes(let range) = value, range.count <= 4096 else { continue }
                guard let string = storage.text(range) else { throw message.error("it is no valid text") }
                if number == 1 { key = string }
                if number == 2 { text = string }
            }
            values[key] = text
        }
        let location = values["location"] ?? ""
        // By bytes: a slash with an accent on it is another character in Swift, but the system sees the slash.
        let parts = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isInside = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
        guard isInside, !location.utf8.contains(0) else {
            throw error("its elements lie in '\(location)', which is no file inside the model's folder")
        }
        func number(_ key: String) throws(WeightsError) -> Int? {
            guard let text = values[key] else { return nil }
            guard let number = Int(text), number >= 0 else { throw error("the \(key) of its elements is '\(text)'") }
            return number
        }
        return .external(location: location, offset: try number("offset") ?? 0, byteCount: try number("length"))
    }
}
