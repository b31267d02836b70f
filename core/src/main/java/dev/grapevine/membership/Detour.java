package dev.grapevine.membership;

/** Estimates how long a probe takes by way of another member; whoever knows where members are gives one to {@link Membership#prefer}. */
@FunctionalInterface
public interface Detour {
    /**
     * From this node to {@code relay}, on to {@code target}, and back.
     *
     * @return nanoseconds, {@code >= 0}, or -1 if it is not known
     */
    long nanos(Member relay, Member target);
}
