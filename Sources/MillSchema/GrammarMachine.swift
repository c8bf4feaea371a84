/// The transition function of a ``JSONGrammar``.
///
/// A step is taken only if the stack has room for the shortest way to the end from there, so no thread can get stuck.
struct GrammarMachine {
    /// Threads beyond this are dropped, which narrows what is accepted and never blocks what remains.
    private static let maximumThreads = 128

    let nodes: [GrammarNode]
    let rules: [GrammarRule]
    let depth: Int32

    /// How many further levels the shortest way to the end of the value at `frame` takes.
    func need(_ frame: GrammarFrame) -> Int32 {
        let node = nodes[Int(frame.node)]
        if case .list(let minimum, _, let rule) = node.kind {
            return frame.count < minimum ? 1 + rules[Int(rule)].need : 0
        }
        return node.need
    }

    /// Adds the entries of `rule` on top of `below`.
    func enter(_ rule: Int32, below: GrammarStack?, into state: inout JSONGrammar.State) {
        let level = below.map { $0.depth + 1 } ?? 0
        for entry in rules[Int(rule)].entries {
            let frame = GrammarFrame(node: entry)
            if level + need(frame) <= depth { settle(GrammarThread(top: frame, below: below), into: &state) }
        }
    }

    /// Adds `thread` and everything it reaches without a byte: the ends of values and the beginnings of others.
    private func settle(_ thread: GrammarThread, into state: inout JSONGrammar.State) {
        let node = nodes[Int(thread.top.node)]
        for call in node.calls where canCall(call.rule, returning: call.next, at: thread.depth) {
            enter(call.rule, below: GrammarStack(call.next, below: thread.below), into: &state)
        }
        switch node.kind {
        case .plain:
            if !node.edges.isEmpty { add(thread, to: &state) }
        case .list(_, let maximum, let rule):
            add(thread, to: &state)
            let after = GrammarFrame(node: thread.top.node, count: 1)
            if thread.top.count == 0, maximum > 0, canCall(rule, returning: after, at: thread.depth) {
                enter(rule, below: GrammarStack(after, below: thread.below), into: &state)
            }
        case .text: add(thread, to: &state)
        }
        guard node.isEnd else { return }
        guard let below = thread.below else {
            state.isAccepting = true
            return
        }
        settle(GrammarThread(top: below.frame, below: below.below), into: &state)
    }

    private func add(_ thread: GrammarThread, to state: inout JSONGrammar.State) {
        if state.threads.count < Self.maximumThreads, !state.threads.contains(thread) { state.threads.append(thread) }
    }

    private func canCall(_ rule: Int32, returning next: GrammarFrame, at level: Int32) -> Bool {
        level + 1 + rules[Int(rule)].need <= depth && level + need(next) <= depth
    }

    func advance(_ thread: GrammarThread, _ byte: UInt8, into state: inout JSONGrammar.State) {
        let top = thread.top
        func move(to frame: GrammarFrame) {
            guard thread.depth + need(frame) <= depth else { return }
            settle(GrammarThread(top: frame, below: thread.below), into: &state)
        }
        switch nodes[Int(top.node)].kind {
        case .plain:
            for edge in nodes[Int(top.node)].edges where edge.low <= byte && byte <= edge.high {
                move(to: GrammarFrame(node: edge.target))
            }
        case .text(let minimum, let maximum):
            if top.text == .character {
                if byte == UInt8(ascii: "\""), top.count >= minimum { return move(to: GrammarFrame(node: GrammarNode.end)) }
                guard top.count < maximum else { return }
            }
            switch top.text.step(byte) {
            case .refused: break
            case .moved(let position): move(to: GrammarFrame(node: top.node, count: top.count, text: position))
            case .completed: move(to: GrammarFrame(node: top.node, count: top.count + 1))
            }
        case .list(let minimum, let maximum, let rule):
            if byte == UInt8(ascii: "]"), top.count >= minimum { return move(to: GrammarFrame(node: GrammarNode.end)) }
            let after = GrammarFrame(node: top.node, count: top.count + 1)
            if byte == UInt8(ascii: ","), top.count > 0, top.count < maximum, canCall(rule, returning: after, at: thread.depth) {
                enter(rule, below: GrammarStack(after, below: thread.below), into: &state)
            }
        }
    }

    func insertAllowed(of thread: GrammarThread, into set: inout ByteSet) {
        let top = thread.top
        switch nodes[Int(top.node)].kind {
        case .plain:
            for edge in nodes[Int(top.node)].edges where thread.depth + need(GrammarFrame(node: edge.target)) <= depth {
                set.insert(edge.low...edge.high)
            }
        case .text(let minimum, let maximum):
            if top.text == .character, top.count >= minimum { set.insert(UInt8(ascii: "\"")) }
            if top.text != .character || top.count < maximum { set.formUnion(TextPosition.allowed[Int(top.text.rawValue)]) }
        case .list(let minimum, let maximum, let rule):
            if top.count >= minimum { set.insert(UInt8(ascii: "]")) }
            let after = GrammarFrame(node: top.node, count: top.count + 1)
            if top.count > 0, top.count < maximum, canCall(rule, returning: after, at: thread.depth) {
                set.insert(UInt8(ascii: ","))
            }
        }
    }
}
