package dev.grapevine.testkit;

/** A fault of the network that is in force until it is healed. */
public final class Fault {
    private final Runnable heal;
    private boolean healed;

    Fault(Runnable heal) {
        this.heal = heal;
    }

    /** Ends it; a second time does nothing. */
    public void heal() {
        if (healed) return;
        healed = true;
        heal.run();
    }
}
