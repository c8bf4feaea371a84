import MillExpression
import MillValue
import Synchronization

/// Decides what to do about an event.
///
/// Each rule's condition sees `event`, `scene` (settled), `home` (what the devices reported), `now` (seconds since 1970) and
/// `local` (`hour`, `minute`, `weekday` from 1 for Monday, `date`, in the machine's time zone). A condition that cannot be evaluated is reported and does nothing; so is one that gives anything but true or false. A question,
/// an event whose `type` or `intent` is `question`, never leads to an action.
public final class RuleEngine: Sendable {
    /// What a condition may speak of.
    static let variables: Set<String> = ["event", "scene", "home", "now", "local"]

    /// What to do about an event, and what was not done and why.
    public struct Decision: Sendable, Hashable {
        public var actions: [ActionRequest] = []
        public var notes: [Note] = []
    }

    /// Why a rule that might have acted did not, or did so differently.
    public struct Note: Sendable, Hashable, CustomStringConvertible {
        public enum Reason: Sendable, Hashable {
            /// The condition could not be evaluated.
            case error(String)
            case question
            case cooldown
            /// The rule's earlier actions are still under way.
            case busy
            /// The actions wait for the rule's earlier ones.
            case queued
            case rateLimit
            case quietHours
            /// A person changed this device a short while ago.
            case manualOverride(device: String)
        }
        public let rule: String
        public let reason: Reason

        public var description: String {
            switch reason {
            case .error(let message): "\(rule): \(message)"
            case .question: "\(rule): a question never acts"
            case .cooldown: "\(rule): still cooling down"
            case .busy: "\(rule): its earlier actions are still under way"
            case .queued: "\(rule): waits for its earlier actions"
            case .rateLimit: "\(rule): acted as often as its rate allows"
            case .quietHours: "\(rule): quiet hours"
            case .manualOverride(let device): "\(rule): somebody changed \(device) by hand a short while ago"
            }
        }
    }

    let rules: [Rule]
    let registry: DeviceRegistry
    let clock: any MillClock
    let state: Mutex<[RuleState]>

    /// What a rule did so far.
    struct RuleState: Sendable {
        var coolsUntil: Duration?
        /// When it acted, as far back as its rate looks.
        var occasions: [Duration] = []
        var runs: [Run] = []
        var queue: [[ActionRequest]] = []
    }

    /// The actions of one occasion that have no outcome yet.
    struct Run: Sendable {
        let keys: Set<String>
        /// After this time nobody waits for the outcomes any more.
        let until: Duration
    }

    /// - Parameter configuration: `{rules: [{name, when, do, cooldown, mode, max, rate, quiet, hold, expires}], rate, quiet, hold}`.
    /// - Throws: ``HomeError/configuration(_:)`` with every problem.
    public init(configuration: Value?, registry: DeviceRegistry, clock: any MillClock) throws(HomeError) {
        rules = try Rule.list(configuration, registry: registry)
        self.registry = registry
        self.clock = clock
        state = Mutex(Array(repeating: RuleState(), count: rules.count))
    }

    /// The names of the rules, in order.
    public var ruleNames: [String] { rules.map(\.name) }
}
