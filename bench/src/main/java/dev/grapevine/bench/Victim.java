package dev.grapevine.bench;

import dev.grapevine.Grapevine;

/** A node in a process of its own, which waits to be killed. Arguments: its name and a seed. */
public final class Victim {
    private Victim() {}

    /** Runs until the process ends. */
    public static void main(String[] args) throws InterruptedException {
        try (Grapevine node = Grapevine.start(args[0], args[1])) {
            System.out.println(node);
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
