import MillDocument
import Testing

@Suite("Lines and pictures on a page")
struct DrawingTests {
    @Test("lines of a table are found once each, across their crossings")
    func grid() throws {
        let across = [20, 80, 140].map { (20, $0, 300, 2) }
        let down = [20, 120, 220, 318].map { ($0, 20, 2, 122) }
        let rulings = try RulingDetector().rulings(try picture(black: across + down))
        #expect(rulings.count == 7 && rulings.count { $0.isHorizontal } == 3)
        let first = try #require(rulings.first).box
        // 100 pixels per inch: 20 pixels are 14.4 points.
        #expect(abs(first.left - 14.4) < 0.8 && abs(first.top - 14.4) < 0.8 && abs(first.width - 216) < 1.5, "\(first)")
    }

    @Test("pale lines and dashed ones count; short strokes, dots, fills and their edges do not")
    func kinds() throws {
        let detector = RulingDetector()
        #expect(try detector.rulings(try picture(black: [(20, 50, 200, 1)], gray: 200)).count == 1)
        let dashes = (0..<20).map { (20 + 10 * $0, 50, 5, 1) }
        #expect(try detector.rulings(try picture(black: dashes)).count == 1)
        let dots = (0..<60).map { (20 + 4 * $0, 50, 1, 1) }
        #expect(try detector.rulings(try picture(black: dots)).isEmpty)
        #expect(try detector.rulings(try picture(black: [(20, 50, 10, 2)])).isEmpty)
        #expect(try detector.rulings(try picture(black: [(20, 50, 200, 40)])).isEmpty)
    }

    @Test("gaps between lines stay gaps")
    func gaps() throws {
        let rulings = try RulingDetector().rulings(try picture(black: [(20, 50, 100, 1), (126, 50, 100, 1)]))
        #expect(rulings.count == 2)
    }

    @Test("a chart is a picture, words and lines are none")
    func pictures() throws {
        let bars = (0..<6).map { (200 + 20 * $0, 100 + 10 * $0, 12, 120 - 10 * $0) }
        let page = try picture(black: [(20, 20, 60, 8), (20, 260, 360, 1)] + bars)
        let word = PageWord(text: "word", box: PageBox(left: 14, top: 14, right: 58, bottom: 21), line: 0)
        let ruling = DocumentPage.Ruling(box: PageBox(left: 14, top: 187, right: 274, bottom: 188))
        let found = PageInk(page).pictures(words: [word], rulings: [ruling]).boxes
        #expect(found.count == 1)
        let chart = try #require(found.first)
        #expect(abs(chart.left - 144) < 4 && abs(chart.right - 224) < 4 && abs(chart.bottom - 158) < 4)
    }

    @Test("ink as high as type without words was overlooked; words, lines, dirt and drawings were not")
    func unread() throws {
        // A word that was read, one that was not, a line, a dot, and a drawing with something in it.
        let page = try picture(black: [
            (60, 60, 60, 10), (260, 60, 60, 10), (40, 150, 300, 1), (200, 200, 3, 3), (60, 180, 3, 70), (60, 180, 70, 3),
            (127, 180, 3, 70), (85, 205, 20, 12),
        ])
        let word = PageWord(text: "word", box: PageBox(left: 43, top: 43, right: 86, bottom: 51), line: 0)
        let ruling = DocumentPage.Ruling(box: PageBox(left: 28, top: 108, right: 245, bottom: 109))
        let found = PageInk(page).unread(words: [word], rulings: [ruling], threshold: 128)
        #expect(found.count == 1)
        let box = try #require(found.first)
        #expect(abs(box.left - 187) < 4 && abs(box.right - 230) < 4 && abs(box.top - 43) < 4)
    }

    @Test("skew is measured to a tenth of a degree, on pages that stand and that lie", arguments: [-2.5, -0.7, 0, 1.3, 3.1])
    func skew(angle: Double) throws {
        // Lines of short strokes, as of text.
        let strokes = (0..<24).flatMap { line in (0..<40).map { (60 + 14 * $0, 60 + 28 * line, 9, 10) } }
        let straight = try picture(width: 700, height: 800, black: strokes)
        let page = try straight.straightened(by: -angle, paper: 255)
        let geometry = PageGeometry(page, threshold: 128)
        #expect(abs(geometry.skew - angle) < 0.1 && geometry.sidewaysRatio < 0.7)
        let lying = PageGeometry(try page.turned(by: 90), threshold: 128)
        #expect(lying.sidewaysRatio > 1.4)
    }

    @Test("long lines do not say which way text runs, straight or crooked ones", arguments: [0, 1.5])
    func lines(angle: Double) throws {
        let strokes = (0..<12).flatMap { line in (0..<30).map { (60 + 18 * $0 + 7 * line % 18, 60 + 56 * line, 7, 8) } }
        let columns = (0..<8).map { (50 + 80 * $0, 40, 4, 720) }
        let page = try picture(width: 700, height: 800, black: strokes + columns).straightened(by: -angle, paper: 255)
        #expect(PageGeometry(page, threshold: 128).sidewaysRatio < 1)
        #expect(PageGeometry(try page.turned(by: 90), threshold: 128).sidewaysRatio > 1)
    }

    @Test("uneven light is evened out and ink stays ink")
    func light() throws {
        let page = try picture(width: 640, height: 640, black: [(100, 100, 300, 4), (100, 500, 300, 4)])
        page.withMutablePixels { pixels in
            for index in pixels.indices {
                pixels[index] = UInt8(Double(pixels[index]) * (1 - 0.5 * Double(index % 640) / 640))
            }
        }
        let paper = Paper(page)
        #expect(paper.isUneven)
        let white = try paper.whitened(page, factor: 1)
        #expect(!Paper(white).isUneven)
        white.withPixels { pixels in
            #expect(pixels[50 * 640 + 600] > 235 && pixels[50 * 640 + 20] > 235 && pixels[102 * 640 + 300] < 20)
        }
    }

    @Test("a turn by a right angle and back changes nothing")
    func turns() throws {
        let page = try picture(width: 130, height: 70, black: [(10, 20, 30, 5)])
        for degrees in [90, 180, 270] {
            let back = try page.turned(by: degrees).turned(by: 360 - degrees)
            page.withPixels { first in back.withPixels { second in #expect(first.elementsEqual(second)) } }
        }
    }

    @Test("photos have many tones; tables on paper, on shaded rows and on uneven paper have not")
    func photos() throws {
        let all = PageBox(left: 0, top: 0, right: 288, bottom: 216)
        func toned(_ tone: (Int, Int) -> Int) throws -> GrayPicture {
            let result = try picture(black: [])
            result.withMutablePixels { pixels in
                for y in 0..<300 { for x in 0..<400 { pixels[y * 400 + x] = UInt8(min(max(tone(x, y), 0), 255)) } }
            }
            return result
        }
        #expect(try toned { x, y in (x + 2 * y) * 255 / 1000 }.isPhoto(in: all))
        #expect(try toned { x, y in (x * x + 7 * x * y + 31 * y) % 251 }.isPhoto(in: all))
        let text = (0..<12).map { (20, 10 + 24 * $0, 360, 8) }
        #expect(try !picture(black: text).isPhoto(in: all))
        let shaded = try toned { x, y in y / 24 % 3 == 0 ? 20 : y / 24 % 3 == 1 ? 190 : 255 }
        #expect(!shaded.isPhoto(in: all))
        #expect(try !toned { x, y in y % 24 < 8 && x % 10 < 6 ? 40 : 255 - x / 10 }.isPhoto(in: all))
        // A table in a shadow that takes more than half of the light.
        #expect(
            try !toned { x, y in
                let paper = 255 * (1 - 0.6 * Double(x + y) / 700)
                return Int(y % 24 < 8 && x % 10 < 6 ? 0.2 * paper : paper)
            }.isPhoto(in: all))
        #expect(try !toned { _, _ in 0 }.isPhoto(in: PageBox(left: 400, top: 300, right: 500, bottom: 400)))
    }
}
