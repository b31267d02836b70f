package dev.grapevine.node;

import dev.grapevine.blob.BlobId;
import dev.grapevine.blob.BlobMessage;
import dev.grapevine.blob.BlobSettings;
import dev.grapevine.blob.Blobs;
import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.topic.RingNeighbors;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** {@link Blobs} over links that {@link RingNeighbors} chooses from the view. */
final class BlobPart implements Part {
    private static final int RINGS = 3;

    private final Blobs blobs;
    private final RingNeighbors rings;
    private final List<Blobs.Effect> spoken = new ArrayList<>();
    private Set<Address> links = new LinkedHashSet<>();

    BlobPart(NodeSettings settings, RandomGenerator random) {
        blobs = new Blobs(settings.address(), BlobSettings.LAN, random);
        rings = new RingNeighbors(settings.name(), RINGS);
    }

    Blobs blobs() {
        return blobs;
    }

    @Override
    public int type() {
        return 41;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return BlobMessage.decode(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        tell(new Blobs.Input.Received(from, (BlobMessage) message), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        if (!(command instanceof BlobCommand.Publish(byte[] bytes))) return false;
        tell(new Blobs.Input.Publish(id, bytes), context);
        return true;
    }

    @Override
    public void tick(PartContext context) {
        tell(new Blobs.Input.Tick(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return blobs.nextDeadlineNanos();
    }

    @Override
    public void memberChanged(MembershipEvent event, PartContext context) {
        if (!(event instanceof MemberChanged change)) return;
        Member member = change.member();
        boolean changed = member.isLive() ? rings.add(member.name(), member.address()) : rings.remove(member.name());
        if (!changed) return;
        if (!member.isLive())
            for (Member other : context.membership().members())
                if (other.isLive()) rings.add(other.name(), other.address());
        Set<Address> now = rings.addresses();
        if (now.equals(links)) return;
        for (Address gone : links) if (!now.contains(gone)) tell(new Blobs.Input.LinkDown(gone), context);
        for (Address come : now) if (!links.contains(come)) tell(new Blobs.Input.LinkUp(come), context);
        links = now;
    }

    @Override
    public void measured(Member member, long roundTripNanos, PartContext context) {
        if (links.contains(member.address())) tell(new Blobs.Input.Distance(member.address(), roundTripNanos), context);
    }

    private void tell(Blobs.Input input, PartContext context) {
        blobs.handle(input, context.nowNanos(), spoken);
        List<Blobs.Effect> all = List.copyOf(spoken);
        spoken.clear();
        for (Blobs.Effect effect : all) perform(effect, context);
    }

    private void perform(Blobs.Effect effect, PartContext context) {
        switch (effect) {
            case Blobs.Effect.Send(Address to, BlobMessage message) -> {
                // What does not go by stream now is asked for again.
                if (message.sizeBytes() > context.bodyBytes()) context.sendByStream(to, this, message);
                else context.send(to, this, message);
            }
            case Blobs.Effect.Published(long command, BlobId id) -> context.answer(command, id);
            case Blobs.Effect.Refused(long command, String reason) -> context.refuse(command, reason);
            case Blobs.Effect.Arrived(BlobId id, byte[] bytes, Address from) ->
                context.publish(new BlobEvent.Arrived(id, bytes, from));
        }
    }
}
