package dev.grapevine.testkit;

/** A test asked for a node that its cluster does not have. */
public final class NoSuchNodeException extends IndexOutOfBoundsException {
    private static final long serialVersionUID = 1L;

    NoSuchNodeException(int index, int size) {
        super("there is no node " + index + " in a cluster of " + size);
    }
}
