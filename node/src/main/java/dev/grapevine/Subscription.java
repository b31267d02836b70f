package dev.grapevine;

/** A listener that was added; closing it removes it. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
    /** Events that happen from now on are not told; one that is being told is finished. */
    @Override
    void close();
}
