package dev.grapevine.agent.serf;

/** Something that the user must read; it carries no stack trace, since it is no bug. */
class UserError extends Exception {
    private static final long serialVersionUID = 1;

    private final String why;

    UserError(String why) {
        super(why, null, false, false);
        this.why = why;
    }

    /** What the user reads. */
    final String why() {
        return why;
    }
}
