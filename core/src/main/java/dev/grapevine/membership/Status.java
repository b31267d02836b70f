package dev.grapevine.membership;

/** What is believed of a member. The order is SWIM's: of two claims with equal incarnation the later constant wins. */
public enum Status {
    /** It answers, or nobody has doubted it. */
    ALIVE,
    /** Somebody could not reach it; it may still refute. It is treated as alive until the suspicion runs out. */
    SUSPECT,
    /** The suspicion ran out. It stays known, is asked again at a falling rate, and may return. */
    FAILED,
    /** It said good-bye, or an operator removed it. */
    LEFT
}
