import Glibc
import MillModels
import MillValue

/// What a model says of pictures, kept so that limits and calibration of its scores can be chosen without asking again.
package struct GroundingTrial: Sendable {
    /// One picture: the answer as the decoder wrote it, the slots, and the truth.
    package struct Frame: Sendable {
        let answer: Value
        let slots: [HearthPicture.Slot]
        let truth: Value
        let questions: [Question]

        package init(answer: Value, slots: [HearthPicture.Slot], truth: Value, questions: [Question] = []) {
            (self.answer, self.slots, self.truth, self.questions) = (answer, slots, truth, questions)
        }
    }

    /// A question about the picture and its answer.
    package struct Question: Sendable {
        let question: HearthQuestion
        let expected: Value

        /// Whether the picture shows what is asked after.
        var isVisible: Bool {
            expected["answer"] == "yes" || expected["where"] != nil || expected["state"] != nil
                || expected["count"]?.int.map { $0 > 0 } == true
        }
    }

    /// Values to put into `config.json`, and what they give on these pictures.
    package struct Choice: EvaluationReport {
        package let limits: GroundingLimits
        package let calibration: ScoreCalibration
        /// The share of questions of which it is known rightly whether their thing is there.
        package let asked: Score
        package let scores: SceneScores
        /// With the values that the configuration has now.
        package let before: SceneScores
    }

    private let configuration: HearthConfiguration
    private let frames: [Frame]

    package init(_ configuration: HearthConfiguration, _ frames: [Frame]) {
        self.configuration = configuration
        self.frames = frames
    }

    /// The limits with the best F1 of objects, of equal ones those with most exact answers; then the calibration that fits
    /// the objects which are left.
    package func choose() -> Choice {
        let plain = ScoreCalibration()
        let steps = stride(from: Float(0.1), to: 0.8, by: 0.05)
        let candidates = stride(from: Float(0), to: 0.6, by: 0.05).flatMap { keep in
            (Array(steps) + [.infinity]).map { GroundingLimits(keep: keep, add: $0) }
        }
        // The present ones are among them, so that the choice is never worse.
        let present = GroundingLimits(
            keep: configuration.calibration.inverse(configuration.limits.keep),
            add: configuration.calibration.inverse(configuration.limits.add))
        let best =
            ([present] + candidates).map { ($0, scores(limits: $0, calibration: plain)) }
            .max { ($0.1.objects.f1, $0.1.whole.recall) < ($1.1.objects.f1, $1.1.whole.recall) }?.0 ?? GroundingLimits()
        let fitted = ScoreCalibration(fitting: outcomes(limits: best))
        // Limits hold for scores as they are told.
        var limits = GroundingLimits(keep: fitted(best.keep), add: best.add.isFinite ? fitted(best.add) : best.add)
        let asks = stride(from: Float(0.02), to: 0.8, by: 0.02)
            .map { (limit: $0, score: asked(limit: $0, calibration: fitted)) }
        let most = asks.map(\.score.recall).max() ?? 0
        // The surest limit that is hardly worse than the best: pictures unlike these call for doubt.
        let ask = asks.last { $0.score.recall >= most - 0.01 }
        if let ask, ask.score.expected > 0 { limits.ask = ask.limit }
        return Choice(
            limits: limits, calibration: fitted, asked: ask?.score ?? Score(),
            scores: scores(limits: limits, calibration: fitted),
            before: scores(limits: configuration.limits, calibration: configuration.calibration))
    }

    private func asked(limit: Float, calibration: ScoreCalibration) -> Score {
        let grounding = HearthGrounding(configuration, limits: GroundingLimits(ask: limit), calibration: calibration)
        var score = Score()
        for frame in frames {
            for question in frame.questions {
                score.count(grounding.isVisible(question.question, frame.slots) == question.isVisible)
            }
        }
        return score
    }

    private func scores(limits: GroundingLimits, calibration: ScoreCalibration) -> SceneScores {
        let grounding = HearthGrounding(configuration, limits: limits, calibration: calibration)
        var scores = SceneScores()
        for frame in frames { scores.add(reported: grounding.apply(to: frame.answer, frame.slots), expected: frame.truth) }
        return scores
    }

    /// Each object's score without calibration, and whether the object is right.
    private func outcomes(limits: GroundingLimits) -> [(score: Double, isRight: Bool)] {
        let grounding = HearthGrounding(configuration, limits: limits, calibration: ScoreCalibration())
        return frames.flatMap { frame in
            SceneScores.outcomes(reported: grounding.apply(to: frame.answer, frame.slots), expected: frame.truth)
        }
    }
}

extension GroundingTrial.Choice {
    private var values: ValueMap {
        func number(_ value: Float) -> Value { .double(((Double(value) * 1e4).rounded()) / 1e4) }
        var values: ValueMap = ["keep_score": number(limits.keep)]
        if limits.add.isFinite { values["add_score"] = number(limits.add) }
        if let ask = limits.ask { values["ask_score"] = number(ask) }
        values["score_scale"] = number(calibration.scale)
        values["score_shift"] = number(calibration.shift)
        return values
    }

    /// The lines for `config.json`, and a table of what they change.
    package var markdown: String {
        let rows = [("as configured", before), ("with these values", scores)].map { name, scores in
            [
                name, Markdown.share(scores.objects.told.recall), Markdown.share(scores.objects.told.falseShare),
                Markdown.share(scores.objects.told.f1, digits: 3), Markdown.share(scores.whole.told.recall),
                Markdown.share(scores.calibration.toldError, digits: 3),
            ]
        }
        return values.map { "\"\($0.key)\": \($0.value.json())," }.joined(separator: "\n") + "\n\n"
            + Markdown.table(["scores of objects", "found", "false", "F1", "exact", "calibration error"], rows)
            + (asked.expected > 0 ? "\nthings asked after, there or not: \(Markdown.share(asked.recall)) right\n" : "")
    }

    package var headlines: [Headline] {
        [
            Headline("objects, F1", scores.objects.told.f1), Headline("exact", scores.whole.told.recall),
            Headline("calibration error", scores.calibration.toldError),
        ]
    }

    package var value: Value {
        ["values": .map(values), "before": .map(before.value), "after": .map(scores.value)]
    }
}

extension ScoreCalibration {
    /// The values under which the scores are likeliest to come out as they did: logistic regression by Newton's method.
    package init(fitting outcomes: [(score: Double, isRight: Bool)]) {
        let inputs = outcomes.map { Double(Self.logit(Float($0.score))) }
        // A light pull towards scores as they are keeps the values finite when all objects are right, or all wrong.
        let pull = 1.0
        var (scale, shift) = (1.0, 0.0)
        for _ in 0..<30 {
            var gradient = (scale: pull * (scale - 1), shift: pull * shift)
            var curvature = (scale: pull, mixed: 0.0, shift: pull)
            for (input, outcome) in zip(inputs, outcomes) {
                let chance = logistic(scale * input + shift)
                let error = chance - (outcome.isRight ? 1 : 0)
                let weight = chance * (1 - chance)
                gradient = (gradient.scale + error * input, gradient.shift + error)
                curvature = (
                    curvature.scale + weight * input * input, curvature.mixed + weight * input, curvature.shift + weight
                )
            }
            let determinant = curvature.scale * curvature.shift - curvature.mixed * curvature.mixed
            scale -= (curvature.shift * gradient.scale - curvature.mixed * gradient.shift) / determinant
            shift -= (curvature.scale * gradient.shift - curvature.mixed * gradient.scale) / determinant
            // The order of scores must stay.
            scale = min(max(scale, 0.05), 20)
            shift = min(max(shift, -20), 20)
        }
        self.init(scale: Float(scale), shift: Float(shift))
    }
}

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
