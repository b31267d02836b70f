package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Digests;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.Message.Update;
import dev.grapevine.membership.Message.Verdict;
import dev.grapevine.membership.Outcome;
import dev.grapevine.membership.Path;
import dev.grapevine.membership.Status;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Membership messages as bytes: a type, the body's length as a varint, the body. Whoever meets an unknown type, or a body longer than it
 * knows, skips what it does not know. The table of layouts is {@code docs/protocols/native.md}.
 */
final class MembershipCodec {
    static final int PING = 1;
    static final int ACK = 2;
    static final int PING_REQUEST = 3;
    static final int NACK = 4;
    static final int ACCUSE = 5;
    static final int JOIN = 6;
    static final int WELCOME = 7;
    static final int SYNC_REQUEST = 8;
    static final int SYNC_SUMMARY = 9;
    static final int SYNC_PULL = 10;
    static final int KNOWN = 11;
    static final int DUPLICATE = 12;
    static final int ALIVE = 13;
    static final int SUSPECT = 14;
    static final int FAILED = 15;
    static final int LEFT = 16;
    static final int ADMIT = 17;
    static final int RETURNED = 18;

    private static final int MAX_SEQUENCE = 0xFFFF;
    private static final int MIN_MEMBER_BYTES = 15; // of a member on the wire
    private static final int MAX_LISTED = 4096; // members in a summary or pull; each is at least four bytes on the wire

    private static final long MAX_MILLIS = (1L << 40) - 1; // 34 years: as nanoseconds they fit a long

    private static final Status[] STATUSES = Status.values();
    private static final Path[] PATHS = Path.values();
    private static final Outcome[] OUTCOMES = Outcome.values();

    private MembershipCodec() {}

    /** Bytes that {@link #encode} writes. */
    static int size(Message message) {
        int body = bodySize(message);
        return 1 + Wire.varintSize(body) + body;
    }

    private static int bodySize(Message message) {
        return switch (message) {
            case Message.Ping ping -> Wire.varintSize(ping.sequence()) + 8;
            case Message.Ack ack -> Wire.varintSize(ack.sequence()) + 4;
            case Message.PingRequest request ->
                Wire.varintSize(request.sequence()) + 4 + Wire.addressSize(request.address());
            case Message.Nack nack -> Wire.varintSize(nack.sequence());
            case Message.Accuse accuse -> identity(accuse.name(), accuse.generation(), accuse.incarnation());
            case Message.Join join -> memberSize(join.self());
            case Message.Welcome welcome -> memberSize(welcome.self()) + Wire.varintSize(welcome.members());
            case Message.SyncRequest request -> 1 + 4 * request.hashes().length;
            case Message.SyncSummary summary ->
                1
                        + Wire.varintSize(summary.bucket())
                        + 8
                        + Wire.varintSize(summary.nameTags().length)
                        + 8 * summary.nameTags().length;
            case Message.SyncPull pull -> Wire.varintSize(pull.nameTags().length) + 4 * pull.nameTags().length;
            case Message.Known known -> memberSize(known.member());
            case Message.Admit admit ->
                Wire.varintSize(admit.sequence()) + 17 + membersSize(admit.news()) + membersSize(admit.others());
            case Message.Returned returned ->
                Wire.varintSize(returned.sequence()) + 16 + membersSize(returned.members());
            case Message.Duplicate duplicate -> memberSize(duplicate.loser());
            case Update.Alive alive -> memberSize(alive.member()) + 1;
            case Update.Suspect suspect ->
                identity(suspect.name(), suspect.generation(), suspect.incarnation())
                        + Wire.textSize(suspect.accuser())
                        + 1;
            case Update.Failed failed ->
                identity(failed.name(), failed.generation(), failed.incarnation()) + verdictSize(failed.verdict()) + 1;
            case Update.Left left ->
                identity(left.name(), left.generation(), left.incarnation()) + Wire.textSize(left.by()) + 1;
        };
    }

    private static int identity(String name, long generation, long incarnation) {
        return Wire.textSize(name) + Wire.varintSize(generation) + Wire.varintSize(incarnation);
    }

    private static int memberSize(Member member) {
        return 3
                + identity(member.name(), member.generation(), member.incarnation())
                + Wire.addressSize(member.address())
                + member.tags().sizeBytes();
    }

    private static int verdictSize(Verdict verdict) {
        int size = Wire.textSize(verdict.judge()) + 3 + Wire.varintSize(verdict.silentMillis());
        for (int i = 0; i < verdict.confirmers().size(); i++)
            size += Wire.textSize(verdict.confirmers().get(i));
        for (int i = 0; i < verdict.probes().size(); i++)
            size += 1 + Wire.varintSize(verdict.probes().get(i).tookMillis());
        return size;
    }

    /** Writes a message; the buffer has {@link #size} bytes of room. */
    static void encode(Message message, ByteBuffer to) {
        to.put((byte) type(message));
        Wire.putVarint(to, bodySize(message));
        switch (message) {
            case Message.Ping ping -> {
                Wire.putVarint(to, ping.sequence());
                to.putInt(ping.target()).putInt(ping.digest());
            }
            case Message.Ack ack -> {
                Wire.putVarint(to, ack.sequence());
                to.putInt(ack.digest());
            }
            case Message.PingRequest request -> {
                Wire.putVarint(to, request.sequence());
                to.putInt(request.target());
                Wire.putAddress(to, request.address());
            }
            case Message.Nack nack -> Wire.putVarint(to, nack.sequence());
            case Message.Accuse accuse -> putIdentity(to, accuse.name(), accuse.generation(), accuse.incarnation());
            case Message.Join join -> putMember(to, join.self());
            case Message.Welcome welcome -> {
                putMember(to, welcome.self());
                Wire.putVarint(to, welcome.members());
            }
            case Message.SyncRequest request -> {
                to.put((byte) request.bits());
                for (int hash : request.hashes()) to.putInt(hash);
            }
            case Message.SyncSummary summary -> {
                to.put((byte) summary.bits());
                Wire.putVarint(to, summary.bucket());
                to.putInt(summary.low()).putInt(summary.high());
                Wire.putVarint(to, summary.nameTags().length);
                for (int i = 0; i < summary.nameTags().length; i++)
                    to.putInt(summary.nameTags()[i]).putInt(summary.versions()[i]);
            }
            case Message.SyncPull pull -> {
                Wire.putVarint(to, pull.nameTags().length);
                for (int tag : pull.nameTags()) to.putInt(tag);
            }
            case Message.Known known -> putMember(to, known.member());
            case Message.Returned returned -> {
                Wire.putVarint(to, returned.sequence());
                to.putLong(returned.from()).putLong(returned.to());
                putMembers(to, returned.members());
            }
            case Message.Admit admit -> {
                Wire.putVarint(to, admit.sequence());
                to.putLong(admit.from()).putLong(admit.to()).put((byte) (admit.welcomed() ? 1 : 0));
                putMembers(to, admit.news());
                putMembers(to, admit.others());
            }
            case Message.Duplicate duplicate -> putMember(to, duplicate.loser());
            case Update.Alive(Member member, int hops) -> {
                putMember(to, member);
                to.put((byte) hops);
            }
            case Update.Suspect suspect -> {
                putIdentity(to, suspect.name(), suspect.generation(), suspect.incarnation());
                Wire.putText(to, suspect.accuser());
                to.put((byte) suspect.hops());
            }
            case Update.Failed failed -> {
                putIdentity(to, failed.name(), failed.generation(), failed.incarnation());
                putVerdict(to, failed.verdict());
                to.put((byte) failed.hops());
            }
            case Update.Left left -> {
                putIdentity(to, left.name(), left.generation(), left.incarnation());
                Wire.putText(to, left.by());
                to.put((byte) left.hops());
            }
        }
    }

    private static int type(Message message) {
        return switch (message) {
            case Message.Ping m -> PING;
            case Message.Ack m -> ACK;
            case Message.PingRequest m -> PING_REQUEST;
            case Message.Nack m -> NACK;
            case Message.Accuse m -> ACCUSE;
            case Message.Join m -> JOIN;
            case Message.Welcome m -> WELCOME;
            case Message.SyncRequest m -> SYNC_REQUEST;
            case Message.SyncSummary m -> SYNC_SUMMARY;
            case Message.SyncPull m -> SYNC_PULL;
            case Message.Known m -> KNOWN;
            case Message.Admit m -> ADMIT;
            case Message.Returned m -> RETURNED;
            case Message.Duplicate m -> DUPLICATE;
            case Update.Alive m -> ALIVE;
            case Update.Suspect m -> SUSPECT;
            case Update.Failed m -> FAILED;
            case Update.Left m -> LEFT;
        };
    }

    private static void putIdentity(ByteBuffer to, String name, long generation, long incarnation) {
        Wire.putText(to, name);
        Wire.putVarint(to, generation);
        Wire.putVarint(to, incarnation);
    }

    private static void putMember(ByteBuffer to, Member member) {
        to.put((byte) member.status().ordinal());
        putIdentity(to, member.name(), member.generation(), member.incarnation());
        Wire.putAddress(to, member.address());
        to.put((byte) member.minProtocol()).put((byte) member.maxProtocol());
        member.tags().encode(to);
    }

    private static void putMembers(ByteBuffer to, List<Member> members) {
        Wire.putVarint(to, members.size());
        for (int i = 0; i < members.size(); i++) putMember(to, members.get(i));
    }

    private static int membersSize(List<Member> members) {
        int size = Wire.varintSize(members.size());
        for (int i = 0; i < members.size(); i++) size += memberSize(members.get(i));
        return size;
    }

    private static void putVerdict(ByteBuffer to, Verdict verdict) {
        Wire.putText(to, verdict.judge());
        to.put((byte) verdict.confirmers().size());
        for (int i = 0; i < verdict.confirmers().size(); i++)
            Wire.putText(to, verdict.confirmers().get(i));
        to.put((byte) verdict.probes().size());
        for (int i = 0; i < verdict.probes().size(); i++) {
            Verdict.Probe probe = verdict.probes().get(i);
            to.put((byte) (probe.path().ordinal() << 4 | probe.outcome().ordinal()));
            Wire.putVarint(to, probe.tookMillis());
        }
        to.put((byte) Math.min(255, verdict.localHealth()));
        Wire.putVarint(to, verdict.silentMillis());
    }

    /**
     * Reads the body of a message, all of {@code body}.
     *
     * @return null for a type that this version does not know
     * @throws MalformedPacketException if the body is not what its type says
     */
    static @Nullable Message decode(int type, ByteBuffer body) {
        return switch (type) {
            case PING -> new Message.Ping(sequence(body), Wire.i32(body), Wire.i32(body));
            case ACK -> new Message.Ack(sequence(body), Wire.i32(body));
            case PING_REQUEST -> new Message.PingRequest(sequence(body), Wire.i32(body), reachable(body));
            case NACK -> new Message.Nack(sequence(body));
            case ACCUSE -> new Message.Accuse(name(body), generation(body), incarnation(body));
            case JOIN -> new Message.Join(member(body));
            case WELCOME -> new Message.Welcome(member(body), (int) Wire.varint(body, Integer.MAX_VALUE));
            case SYNC_REQUEST -> syncRequest(body);
            case SYNC_SUMMARY -> syncSummary(body);
            case SYNC_PULL -> new Message.SyncPull(ints(body, count(body, 4)));
            case KNOWN -> new Message.Known(member(body));
            case RETURNED -> new Message.Returned(sequence(body), Wire.i64(body), Wire.i64(body), members(body));
            case ADMIT ->
                new Message.Admit(
                        sequence(body), Wire.i64(body), Wire.i64(body), flag(body), members(body), members(body));
            case DUPLICATE -> new Message.Duplicate(member(body));
            case ALIVE -> new Update.Alive(member(body), Wire.u8(body));
            case SUSPECT ->
                new Update.Suspect(name(body), generation(body), incarnation(body), accuser(body), Wire.u8(body));
            case FAILED ->
                new Update.Failed(name(body), generation(body), incarnation(body), verdict(body), Wire.u8(body));
            case LEFT -> new Update.Left(name(body), generation(body), incarnation(body), name(body), Wire.u8(body));
            default -> null;
        };
    }

    private static boolean flag(ByteBuffer body) {
        int start = body.position();
        int value = Wire.u8(body);
        if (value > 1) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return value == 1;
    }

    /** An address that something can be sent to. */
    private static Address reachable(ByteBuffer body) {
        int start = body.position();
        Address address = Wire.address(body);
        if (address.port() == 0 || address.isWildcard()) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return address;
    }

    private static int sequence(ByteBuffer body) {
        return (int) Wire.varint(body, MAX_SEQUENCE);
    }

    private static String name(ByteBuffer body) {
        int start = body.position();
        String name = Wire.text(body, Member.MAX_NAME_BYTES);
        if (name.isEmpty()) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        return name;
    }

    // An accuser may be an address where a name is not known; IPv6 with a port takes 47 characters.
    private static String accuser(ByteBuffer body) {
        return name(body);
    }

    private static long generation(ByteBuffer body) {
        return Wire.varint(body, Member.MAX_GENERATION);
    }

    private static long incarnation(ByteBuffer body) {
        return Wire.varint(body, Member.MAX_INCARNATION);
    }

    private static int count(ByteBuffer body, int bytesEach) {
        int count = (int) Wire.varint(body, MAX_LISTED);
        Wire.need(body, (long) count * bytesEach);
        return count;
    }

    private static int[] ints(ByteBuffer body, int count) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) values[i] = body.getInt();
        return values;
    }

    private static Message syncRequest(ByteBuffer body) {
        int start = body.position();
        int bits = Wire.u8(body);
        if (bits < Digests.MIN_BITS || bits > Digests.MAX_BITS)
            throw new MalformedPacketException(Reason.BAD_VALUE, start);
        Wire.need(body, 4L << bits);
        return new Message.SyncRequest(bits, ints(body, 1 << bits));
    }

    private static Message syncSummary(ByteBuffer body) {
        int start = body.position();
        int bits = Wire.u8(body);
        if (bits < Digests.MIN_BITS || bits > Digests.MAX_BITS)
            throw new MalformedPacketException(Reason.BAD_VALUE, start);
        int bucket = (int) Wire.varint(body, (1 << bits) - 1);
        int low = Wire.i32(body);
        int high = Wire.i32(body);
        int count = count(body, 8);
        int[] names = new int[count];
        int[] versions = new int[count];
        for (int i = 0; i < count; i++) {
            names[i] = body.getInt();
            versions[i] = body.getInt();
        }
        return new Message.SyncSummary(bits, bucket, low, high, names, versions);
    }

    private static Member member(ByteBuffer body) {
        int start = body.position();
        int status = Wire.u8(body);
        if (status >= STATUSES.length) throw new MalformedPacketException(Reason.BAD_VALUE, start);
        String name = name(body);
        long generation = generation(body);
        long incarnation = incarnation(body);
        Address address = reachable(body);
        int at = body.position();
        int min = Wire.u8(body);
        int max = Wire.u8(body);
        if (min < 1 || max < min) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return new Member(name, generation, incarnation, STATUSES[status], address, Tags.decode(body), min, max);
    }

    private static List<Member> members(ByteBuffer body) {
        int count = (int) Wire.varint(body, body.limit() / MIN_MEMBER_BYTES);
        Wire.need(body, (long) count * MIN_MEMBER_BYTES);
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) members.add(member(body));
        return members;
    }

    private static Verdict verdict(ByteBuffer body) {
        String judge = name(body);
        int start = body.position();
        int confirmers = Wire.u8(body);
        if (confirmers > Verdict.MAX_CONFIRMERS) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        List<String> names = new ArrayList<>(confirmers);
        for (int i = 0; i < confirmers; i++) names.add(name(body));
        start = body.position();
        int count = Wire.u8(body);
        if (count > Verdict.MAX_PROBES) throw new MalformedPacketException(Reason.TOO_LARGE, start);
        List<Verdict.Probe> probes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = body.position();
            int both = Wire.u8(body);
            if (both >>> 4 >= PATHS.length || (both & 15) >= OUTCOMES.length)
                throw new MalformedPacketException(Reason.BAD_VALUE, at);
            probes.add(new Verdict.Probe(PATHS[both >>> 4], OUTCOMES[both & 15], Wire.varint(body, MAX_MILLIS)));
        }
        return new Verdict(judge, names, probes, Wire.u8(body), Wire.varint(body, MAX_MILLIS));
    }
}
