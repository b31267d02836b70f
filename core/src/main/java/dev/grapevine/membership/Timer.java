package dev.grapevine.membership;

/** What membership waits for. */
sealed interface Timer {
    /** The next member is to be probed. */
    record ProbeDue() implements Timer {}

    /** A probe has had no direct answer in time. */
    record DirectTimeout(int sequence) implements Timer {}

    /** A probe has had no answer by any path. */
    record ProbeEnd(int sequence) implements Timer {}

    /** A relayed probe is late: tell who asked that we are well. */
    record RelayNack(int sequence) implements Timer {}

    /** A relayed probe is over. */
    record RelayEnd(int sequence) implements Timer {}

    /** A gossip round. */
    record GossipDue() implements Timer {}

    /** A suspicion runs out. */
    record SuspicionEnd(String name) implements Timer {}

    /** A failed member is asked whether it is back. */
    record ReviveDue(String name) implements Timer {}

    /** A member that left need not be remembered any more. */
    record ForgetLeft(String name) implements Timer {}

    /** A seed is to be contacted or looked up again. */
    record SeedDue(int seed) implements Timer {}

    /** This node believes to be behind and asks somebody. */
    record SyncDue() implements Timer {}

    /** Is the storm over? */
    record StormCheck() implements Timer {}

    /** Those who wait to come in together have waited long enough. */
    record AdmitDue() implements Timer {}

    /** The others are to be told of those who were welcomed one by one. */
    record WelcomedDue() implements Timer {}

    /** Those who answered after a failure are told of. */
    record ReturnsDue() implements Timer {}

    /** This node stayed out for as long as it owed. */
    record ReturnDue() implements Timer {}

    /** The good-bye has had its time. */
    record LeaveEnd() implements Timer {}
}
