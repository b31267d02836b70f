package dev.grapevine.serf;

/** What Serf says of a member. */
public enum MemberStatus {
    /** Nothing yet. */
    NONE("none"),
    /** It answers. */
    ALIVE("alive"),
    /** It announced that it leaves and has not gone yet. */
    LEAVING("leaving"),
    /** It went as announced. */
    LEFT("left"),
    /** It stopped answering without a word. */
    FAILED("failed");

    private final String word;

    MemberStatus(String word) {
        this.word = word;
    }

    /** The word used on the RPC port and by the command-line client. */
    public String word() {
        return word;
    }

    /** The number used in a conflict response, {@code 0..4}. */
    public int number() {
        return ordinal();
    }
}
