import MillDocument
import MillExtraction
import Testing

@Suite("Odd numbers of running text")
struct OddNumbersTests {
    @Test(
        "blanks within numbers, powers, fractions and Indian scales",
        arguments: [
            ("EUR 12\u{202F}345 thousand", 12_345_000.0, "EUR"), ("EUR 12\u{2009}345 thousand", 12_345_000, "EUR"),
            ("EUR 1\u{A0}234\u{A0}567", 1_234_567, "EUR"), ("EUR 12 345 thousand", 12_345_000, "EUR"),
            ("USD 12\u{200B}.50", 12.5, "USD"), ("USD 1\u{200B},234 million", 1_234_000_000, "USD"),
            ("USD 1\u{AD}234 million", 1_234_000_000, "USD"), ("USD 12½", 12.5, "USD"), ("USD 1e3 million", 1e9, "USD"),
            ("USD 1.5E+6", 1_500_000, "USD"), ("Rs 12.5 lakh crore", 1.25e13, "INR"), ("Rs 3 lakh", 300_000, "INR"),
            ("USD (5.2) million", -5_200_000, "USD"),
        ])
    func numbers(_ text: String, value: Double, currency: String) throws {
        let reading = try #require(NumberReader().first(in: "It came to \(text) in all."))
        #expect(reading.number.rounded() == value.rounded() && abs(reading.number - value) < 1e-6 * abs(value))
        #expect(reading.currency == currency)
    }

    @Test("what follows a number is no power and no part of it")
    func apart() {
        #expect(NumberReader().first(in: "in 2024 123 stores")?.number == 2024)
        #expect(NumberReader().first(in: "FY 25e 26e")?.number == 25)
        #expect(NumberReader().first(in: "1e999 million") == nil)
    }

    @Test("figures of sentences have their whole number and currency")
    func sentences() throws {
        let record = try Reports.read { page in
            page.title("Orrin Group PLC")
            page.paragraph("Revenue in 2024 was EUR 1\u{202F}234\u{202F}567 thousand.")
            page.paragraph("EBIT in 2024 was EUR 12\u{202F}345 thousand.")
            page.paragraph("Net income was USD (5.2) million in 2024, compared with USD 3.1 million in 2023.")
        }
        let revenue = record.figures.filter { $0.name == "Revenue" }.compactMap(\.value)
        #expect(revenue == [Amount(number: 1_234_567_000, unit: "EUR")])
        let profit = record.figures.filter { $0.name == "EBIT" }.compactMap(\.value)
        #expect(profit == [Amount(number: 12_345_000, unit: "EUR")])
        #expect(record.figure("Net income", "2024FY")?.value == Amount(number: -5_200_000, unit: "USD"))
    }

    @Test("a company's name is not cut within a word")
    func company() throws {
        let record = try Reports.read { page in
            page.title("Company16 Holdings PLC")
            page.paragraph("Rating: Buy")
        }
        #expect(record.field("company") == .text("Company16 Holdings PLC"))
    }
}
