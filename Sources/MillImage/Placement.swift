/// Where a picture's pixels land on a model's canvas: the picture is scaled, a window is cut out of the result, and the
/// window is put on the canvas.
public struct Placement: Sendable, Hashable {
    /// A rectangle in pixels.
    public struct Rectangle: Sendable, Hashable {
        public var x: Int, y: Int, width: Int, height: Int
    }

    /// The size that the whole picture is scaled to.
    public let scaledWidth: Int, scaledHeight: Int
    /// The part of the scaled picture that is used.
    public let window: Rectangle
    /// Where the window's top left corner lies on the canvas.
    public let x: Int, y: Int

    /// The whole picture on the whole canvas.
    init(stretchingTo width: Int, _ height: Int) {
        (scaledWidth, scaledHeight) = (width, height)
        window = Rectangle(x: 0, y: 0, width: width, height: height)
        (x, y) = (0, 0)
    }

    /// - Parameters:
    ///   - size: the picture's width and height.
    ///   - canvas: the canvas's.
    init(of size: (width: Int, height: Int), on canvas: (width: Int, height: Int), aspect: AspectPolicy) {
        switch aspect {
        case .stretch: self.init(stretchingTo: canvas.width, canvas.height)
        case .fit(_, let position): self.init(fitting: size, into: canvas, position: position)
        case .crop: self.init(covering: canvas, with: size)
        case .shortestSide(let side): self.init(cutting: canvas, outOf: size, shortestSide: side)
        }
    }

    /// The largest size with the picture's aspect ratio that the canvas holds. The shorter side is rounded down.
    private init(
        fitting size: (width: Int, height: Int), into canvas: (width: Int, height: Int), position: AspectPolicy.Position
    ) {
        let across = Double(canvas.width) / Double(size.width)
        let down = Double(canvas.height) / Double(size.height)
        if across < down {
            scaledWidth = canvas.width
            scaledHeight = min(max(Int(Double(size.height) * across), 1), canvas.height)
        } else {
            scaledWidth = min(max(Int(Double(size.width) * down), 1), canvas.width)
            scaledHeight = canvas.height
        }
        window = Rectangle(x: 0, y: 0, width: scaledWidth, height: scaledHeight)
        switch position {
        case .topLeft: (x, y) = (0, 0)
        case .centre: (x, y) = ((canvas.width - scaledWidth) / 2, (canvas.height - scaledHeight) / 2)
        }
    }

    /// The smallest size with the picture's aspect ratio that covers the canvas, and its middle.
    private init(covering canvas: (width: Int, height: Int), with size: (width: Int, height: Int)) {
        let across = Double(canvas.width) / Double(size.width)
        let down = Double(canvas.height) / Double(size.height)
        if across > down {
            scaledWidth = canvas.width
            scaledHeight = max(Int(Double(size.height) * across), canvas.height)
        } else {
            scaledWidth = max(Int(Double(size.width) * down), canvas.width)
            scaledHeight = canvas.height
        }
        window = Rectangle(
            x: (scaledWidth - canvas.width) / 2, y: (scaledHeight - canvas.height) / 2, width: canvas.width,
            height: canvas.height)
        (x, y) = (0, 0)
    }

    /// The picture with this shorter side, the longer one rounded down, and the middle of it; as much as there is where the
    /// canvas is larger.
    private init(cutting canvas: (width: Int, height: Int), outOf size: (width: Int, height: Int), shortestSide: Int) {
        let shorter = min(size.width, size.height)
        let (longer, overflow) = max(size.width, size.height).multipliedReportingOverflow(by: shortestSide)
        let longest = overflow ? Int.max : longer / shorter
        (scaledWidth, scaledHeight) = size.width <= size.height ? (shortestSide, longest) : (longest, shortestSide)
        let (width, height) = (min(canvas.width, scaledWidth), min(canvas.height, scaledHeight))
        window = Rectangle(x: (scaledWidth - width) / 2, y: (scaledHeight - height) / 2, width: width, height: height)
        (x, y) = ((canvas.width - width) / 2, (canvas.height - height) / 2)
    }

    /// The point of the picture, as fractions of its sides, that lies at this point of the canvas in pixels. Points on
    /// padding give values outside 0...1.
    public func pictureFraction(x canvasX: Double, y canvasY: Double) -> (x: Double, y: Double) {
        (
            (canvasX - Double(x) + Double(window.x)) / Double(scaledWidth),
            (canvasY - Double(y) + Double(window.y)) / Double(scaledHeight)
        )
    }
}

/// How a picture is brought to a model's size.
public enum AspectPolicy: Sendable, Hashable {
    public enum Position: Sendable, Hashable {
        case topLeft, centre
    }

    /// Both sides are scaled to the canvas, whatever the aspect ratio.
    case stretch
    /// The aspect ratio is kept, and what the picture leaves free is filled with a colour (red, green, blue).
    case fit(padding: SIMD3<UInt8> = .zero, position: Position = .centre)
    /// The aspect ratio is kept, and what the canvas cannot hold is cut off on both sides.
    case crop
    /// The aspect ratio is kept, the shorter side is scaled to so many pixels, and the canvas is cut out of the middle, as the
    /// processors of the hub's models do (`shortest_edge`, `crop_size`). What a larger canvas has free is black.
    case shortestSide(Int)
}
