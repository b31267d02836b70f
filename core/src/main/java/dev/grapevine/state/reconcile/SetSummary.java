package dev.grapevine.state.reconcile;

/**
 * What tells how two sets of ids differ without looking at the ids again: their number, a digest, a {@link PinSketch} of their
 * upper 48 bits, and samples from which the number of differences can be estimated. Kept up to date with every change.
 *
 * <p>The samples: level 0 holds all ids, of the others level k one of 2^k ids and no two the same, each in 32 cells of two
 * bits. A cell is the exclusive or of numbers 1 to 3 drawn from the hashes of its ids, so a cell in which two sets differ by one
 * id shows it, and by several with a chance of about 3/4. One long a level.
 */
public final class SetSummary {
    /** Syndromes kept: 64 differences, and what an estimate may be wrong by. */
    public static final int CAPACITY = 96;

    static final int LEVELS = 22;
    static final int CELLS = 32;

    /** The level of which the first message carries {@link #SPARSE_CELLS} cells besides all of level 0. */
    static final int SPARSE_LEVEL = 2;

    static final int SPARSE_CELLS = 16;

    private int size;
    private long digest;
    private final long[] levels;
    private final PinSketch sketch;

    SetSummary() {
        this.levels = new long[LEVELS];
        this.sketch = new PinSketch(BinaryField.GF48, CAPACITY);
    }

    private SetSummary(SetSummary of) {
        this.size = of.size;
        this.digest = of.digest;
        this.levels = of.levels.clone();
        this.sketch = of.sketch.copy();
    }

    SetSummary copy() {
        return new SetSummary(this);
    }

    void added(long id) {
        size++;
        digest += mix(id);
        toggle(id);
    }

    void removed(long id) {
        size--;
        digest -= mix(id);
        toggle(id);
    }

    private void toggle(long id) {
        sketch.toggle(element(id));
        sample(id, levels);
    }

    /** Adds an id to samples, or takes it out. */
    static void sample(long id, long[] levels) {
        long x = mix(id);
        long cell = (1 + Long.remainderUnsigned(x >>> 40, 3)) << 2 * (x & CELLS - 1);
        levels[0] ^= cell;
        levels[Math.min(LEVELS - 1, 1 + Long.numberOfTrailingZeros(x >>> 5))] ^= cell;
    }

    /** The finalizer of SplitMix64: ids are hashes already, but a store may use ordered ones. */
    private static long mix(long id) {
        id += 0x9E37_79B9_7F4A_7C15L;
        id = (id ^ id >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        id = (id ^ id >>> 27) * 0x94D0_49BB_1331_11EBL;
        return id ^ id >>> 31;
    }

    /** The sketch's element for an id: its upper 48 bits, 1 for 0. */
    static long element(long id) {
        long upper = id >>> 16;
        return upper == 0 ? 1 : upper;
    }

    /** How many ids there are. */
    public int size() {
        return size;
    }

    /** Equal sets have equal digests. */
    public long digest() {
        return digest;
    }

    /** Of {@link #CAPACITY}, over {@link BinaryField#GF48}; not to be changed. */
    PinSketch sketch() {
        return sketch;
    }

    long level(int level) {
        return levels[level];
    }

    /** How many of the first {@code cells} cells of two samples are equal. */
    static int equalCells(long a, long b, int cells) {
        long differ = a ^ b;
        long odd = (differ | differ >>> 1) & 0x5555_5555_5555_5555L;
        if (cells < CELLS) odd &= (1L << 2 * cells) - 1;
        return cells - Long.bitCount(odd);
    }
}
