import MillValue
import Testing

@Suite("Measuring speed")
struct BenchTests {
    private static let model = "\(Program.root)/Tests/Oracles/models/glm_edge"

    @Test("every test, depth and number of threads has a row, and JSON holds what the table shows")
    func rows() throws {
        let arguments = ["-p", "5,8", "-n", "3", "-d", "0,4", "-t", "1", "-r", "2"]
        let result = try Program.run(["bench", Self.model, "--json"] + arguments)
        #expect(result.code == 0)
        let report = try JSON.parse(result.output)
        let rows = try #require(report["rows"]?.list)
        #expect(
            rows.map { $0["test"]?.string } == ["load", "pp5", "pp8", "tg3", "pp5@d4", "pp8@d4", "tg3@d4"])
        let limit = try #require(report["limits"]?[0])
        #expect(limit["threads"]?.int == 1)
        for row in rows {
            #expect(row["threads"]?.int == 1)
            let isLoad = row["test"]?.string == "load"
            let spread = try #require(row[isLoad ? "seconds" : "tokensPerSecond"])
            let (least, median, greatest) = (spread["least"]?.double, spread["median"]?.double, spread["greatest"]?.double)
            #expect(try #require(least) > 0 && #require(least) <= #require(median))
            #expect(try #require(median) <= #require(greatest))
            #expect(try #require(row["cpuSecondsPerToken"]?.double) > 0)
            #expect((row["roofline"] == .null) == isLoad)
            if !isLoad { #expect(try #require(row["roofline"]?["percent"]?.double) > 0) }
        }
        #expect(try #require(report["memory"]?["peak"]?.int) > 0)
        #expect(try #require(report["work"]?["matrixBytes"]?.int) > 0)

        let table = try Program.run(["bench", Self.model] + arguments).output
        for row in ["load", "pp8", "tg3", "tg3@d4", "limits of 1 threads", "memory"] { #expect(table.contains(row)) }
        #expect(table.contains("GB/s") && table.contains("%"))
    }

    @Test("reading, writing and limits can be left out")
    func leftOut() throws {
        let result = try Program.run(
            "bench", Self.model, "--json", "-p", "0", "-n", "0", "--no-limits", "--repetitions", "1")
        let report = try JSON.parse(result.output)
        #expect(result.code == 0 && report["rows"]?.list?.map { $0["test"]?.string } == ["load"])
        #expect(report["limits"]?.list?.isEmpty == true)
    }

    @Test("the worker threads are measured without a model")
    func pool() throws {
        let report = try JSON.parse(try Program.run("bench", "--pool", "-t", "1,2", "--json").output)
        let rows = try #require(report["pool"]?.list)
        #expect((1...2).contains(rows.count))
        for row in rows {
            let (half, most) = (row["p50Microseconds"]?.double, row["mostMicroseconds"]?.double)
            #expect(try #require(half) > 0 && #require(half) <= #require(most))
        }
        let table = try Program.run("bench", "--pool")
        #expect(table.code == 0 && table.output.contains("p99"))
    }

    @Test(
        "wrong usage ends with exit code 2 and says what is wrong",
        arguments: [
            (["bench"], "either a model or --pool"), (["bench", "m", "--pool"], "either a model or --pool"),
            (["bench", "m", "-t", "1,x"], "1,x"), (["bench", "m", "-t", "1,1"], "1,1"), (["bench", "m", "-p", ""], "--prompt"),
            (["bench", "\(Program.root)/samples/models/ledger.gguf"], "bench takes text models"),
            (["bench", model, "-d", "1000000"], "tokens, and depth and test need"),
            (["bench", "/nowhere.gguf"], "/nowhere.gguf"),
        ])
    func wrongUsage(arguments: [String], problem: String) throws {
        let result = try Program.run(arguments)
        #expect(result.code == 2 && result.output.contains(problem))
    }
}
