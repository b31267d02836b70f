package dev.grapevine.state.reconcile;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sketch of a set of field elements from which up to {@link #capacity()} elements can be read back (PinSketch: Dodis,
 * Ostrovsky, Reyzin, Smith, 2004/2008; as used by BIP-330 and libminisketch). It holds the odd power sums of its elements, the
 * syndromes of a BCH code. The sum of two sketches is the sketch of the symmetric difference of their sets: what both have is
 * gone. So a node that adds a peer's sketch to its own reads what differs, for {@code field.bytes()} bytes a difference.
 *
 * <p>It never fails while the difference is within the capacity. Above it, decoding fails, except that a sketch of small
 * capacity c may give a wrong answer (with about one chance in c factorial): give it one more syndrome than differences are
 * expected, or check the answer. A sketch may be cut, and extended later by the further syndromes alone.
 *
 * <p>Wire: the syndromes in order, each {@code field.bytes()} bytes, least significant first, as in BIP-330.
 *
 * <p>Adding an element costs some 13 ns per unit of capacity, decoding is quadratic in it: 3 ms at 64 (both on a busy machine).
 * Not thread-safe.
 */
public final class PinSketch {
    /** The largest capacity: decoding costs some milliseconds there. */
    public static final int MAX_CAPACITY = 512;

    private final BinaryField field;
    private final long[] syndromes;
    private final FieldTable squared;

    /**
     * An empty set's sketch.
     *
     * @param capacity differences that can be read back, {@code 1..512}
     */
    public PinSketch(BinaryField field, int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY)
            throw new IllegalArgumentException("capacity " + capacity + " is not in 1.." + MAX_CAPACITY);
        this.field = field;
        this.syndromes = new long[capacity];
        this.squared = new FieldTable(field);
    }

    private PinSketch(BinaryField field, long[] syndromes) {
        this.field = field;
        this.syndromes = syndromes;
        this.squared = new FieldTable(field);
    }

    /** The field of its elements. */
    public BinaryField field() {
        return field;
    }

    /** How many syndromes it holds. */
    public int capacity() {
        return syndromes.length;
    }

    /**
     * Adds an element that is not in the set, or removes one that is.
     *
     * @throws IllegalArgumentException if it is 0 or not of the field
     */
    public void toggle(long element) {
        if (element == 0 || (element & ~field.mask()) != 0)
            throw new IllegalArgumentException(
                    "0x" + Long.toHexString(element) + " is no non-zero element of " + field);
        squared.factor(field.square(element));
        long power = element;
        syndromes[0] ^= power;
        for (int i = 1; i < syndromes.length; i++) {
            power = squared.times(power);
            syndromes[i] ^= power;
        }
    }

    /**
     * Adds another sketch: this becomes the sketch of what is in one of the two sets and not in the other.
     *
     * @throws IllegalArgumentException if it is of another field or capacity
     */
    public void add(PinSketch other) {
        if (other.field != field || other.capacity() != capacity())
            throw new IllegalArgumentException(other.field + " capacity " + other.capacity() + " does not fit " + field
                    + " capacity " + capacity());
        for (int i = 0; i < syndromes.length; i++) syndromes[i] ^= other.syndromes[i];
    }

    /** Whether it is an empty set's: if of a difference, both sets are equal (but for a chance of 2^-(bits·capacity)). */
    public boolean isEmpty() {
        for (long syndrome : syndromes) if (syndrome != 0) return false;
        return true;
    }

    /** A copy. */
    public PinSketch copy() {
        return new PinSketch(field, syndromes.clone());
    }

    /** The same set's sketch of a smaller capacity, {@code 1..capacity()}. */
    public PinSketch cut(int capacity) {
        if (capacity < 1 || capacity > capacity())
            throw new IllegalArgumentException("capacity " + capacity + " is not in 1.." + capacity());
        return new PinSketch(field, Arrays.copyOf(syndromes, capacity));
    }

    /** The syndromes from number {@code first} on, {@code 0..capacity()-1}, which extend a sketch of the first ones. */
    public PinSketch from(int first) {
        if (first < 0 || first >= capacity())
            throw new IllegalArgumentException("first " + first + " is not in 0.." + (capacity() - 1));
        return new PinSketch(field, Arrays.copyOfRange(syndromes, first, capacity()));
    }

    /** This sketch followed by the same set's further syndromes, which {@code more} holds. */
    public PinSketch extendedBy(PinSketch more) {
        if (more.field != field || capacity() + more.capacity() > MAX_CAPACITY)
            throw new IllegalArgumentException(
                    "cannot extend " + field + " capacity " + capacity() + " by " + more.field + " " + more.capacity());
        long[] all = Arrays.copyOf(syndromes, capacity() + more.capacity());
        System.arraycopy(more.syndromes, 0, all, capacity(), more.capacity());
        return new PinSketch(field, all);
    }

    /** Bytes of {@code count} syndromes on the wire. */
    public static int sizeBytes(BinaryField field, int count) {
        return field.bytes() * count;
    }

    /** Writes the syndromes {@code from..to-1}: all of them, or what extends a sketch that a peer has. */
    public void write(ByteBuffer into, int from, int to) {
        for (int i = from; i < to; i++) {
            long syndrome = syndromes[i];
            for (int k = 0; k < field.bits(); k += 8) into.put((byte) (syndrome >>> k));
        }
    }

    /**
     * Reads {@code count} syndromes.
     *
     * @param count {@code 1..512}
     * @throws MalformedPacketException if the bytes end before or the count is out of range
     */
    public static PinSketch read(ByteBuffer from, BinaryField field, int count) {
        if (count < 1 || count > MAX_CAPACITY) throw new MalformedPacketException(Reason.TOO_LARGE, from.position());
        Wire.need(from, sizeBytes(field, count));
        long[] syndromes = new long[count];
        for (int i = 0; i < count; i++)
            for (int k = 0; k < field.bits(); k += 8) syndromes[i] |= (from.get() & 0xFFL) << k;
        return new PinSketch(field, syndromes);
    }

    /**
     * The elements of the set, in no order that means something.
     *
     * @return null if there are more than the capacity, or the syndromes are no set's
     */
    public long @Nullable [] decode() {
        return SketchDecoder.decode(field, syndromes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PinSketch that && that.field == field && Arrays.equals(that.syndromes, syndromes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(syndromes);
    }
}
