import MillValue

/// What can be wrong with a frame of a ``GroundTruth``, whatever model is to see its picture.
enum FrameCheck {
    /// What an answer to a question says; it says one of them.
    private static let answerKeys = ["answer", "where", "count", "state"]
    private static let places = ["left", "center", "right"]

    /// The first problem, beginning with the field that has it; nil where there is none.
    static func problem(of frame: Value) -> String? {
        guard let objects = frame["objects"]?.list else { return "\"objects\" must be a list" }
        for (index, object) in objects.enumerated() {
            if let problem = problem(ofObject: object) { return "objects[\(index)]: \(problem)" }
        }
        guard let given = frame["questions"] else { return nil }
        guard let questions = given.list else { return "\"questions\" must be a list" }
        for (index, question) in questions.enumerated() {
            if let problem = problem(ofQuestion: question) { return "questions[\(index)]: \(problem)" }
        }
        return nil
    }

    private static func problem(ofObject object: Value) -> String? {
        guard let label = object["label"]?.string, !label.isEmpty else { return "\"label\" must be the name of a thing" }
        if let state = object["state"], state.string == nil { return "\"state\" must be text" }
        if let place = object["where"], !places.contains(place.string ?? "") {
            return "\"where\" must be one of \(places.joined(separator: ", "))"
        }
        if let box = object["box"], Box(box)?.isWithinPicture != true {
            return "\"box\" must be four numbers from 0 to 1: left, top, right, bottom, with left < right and top < bottom"
        }
        return nil
    }

    private static func problem(ofQuestion question: Value) -> String? {
        guard let ask = question["ask"]?.string, !ask.isEmpty else { return "\"ask\" must be the text of the question" }
        guard let answer = question["answer"]?.map, answer.count == 1, answerKeys.contains(answer.keys[0]) else {
            return "\"answer\" must be an object with one of \(answerKeys.joined(separator: ", "))"
        }
        return nil
    }
}
