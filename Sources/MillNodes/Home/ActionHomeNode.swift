import MillGraph
import MillHome
import MillValue

/// `action.home`: carries out actions and reports what the devices themselves confirmed.
final class ActionHomeNode: AsyncNode {
    static let type = NodeType(
        "action.home", "Carries out actions on devices; claims only what a device itself reported.",
        inputs: [.input("action", .action, "what to do", sync: .any)],
        outputs: [
            .output("outcome", .outcome, "one per action: confirmed, timeout, refused, failed, expired or unknown"),
            .output("state", .record, "the devices' reported states, now and after every change"),
        ],
        needsConnection: true,
        make: { context in ActionHomeNode(executor: try context.connection(as: HomeLink.self).executor) })

    private let executor: ActionExecutor

    init(executor: ActionExecutor) { self.executor = executor }

    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws {
        guard let action = try inputs.packet("action").payload.value else {
            throw NodeError.wrongPayload(port: "action", expected: "an action")
        }
        let outcome = await executor.execute(try ActionRequest(value: action))
        try await emit(.value(executor.registry.value), on: "state")
        try await emit(.value(outcome.value), on: "outcome")
        executor.publish(HomePublication(.outcome, outcome.value))
    }

    /// Reports what an earlier run left unfinished, and hands on every change of state.
    func run(_ emit: AsyncEmitter) async throws {
        for outcome in await executor.recovered() { try await emit(.value(outcome.value), on: "outcome") }
        for await state in executor.states() { try await emit(.value(state), on: "state") }
    }
}
