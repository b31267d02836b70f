package dev.grapevine.sim.scenario;

import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.sim.Start;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A machine of another protocol: takes our commands in its own words, and tells its news in ours as well. */
final class Foreign implements Machine, Beliefs {
    private final String name;
    private final Protocol protocol;
    private final Machine machine;
    private final Protocol.Translator translator;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final List<MembershipEvent> told = new ArrayList<>();
    private int digest;
    private int live;
    private boolean leaving;

    Foreign(Protocol protocol, String cluster, String name, Start start) {
        this.name = name;
        this.protocol = protocol;
        machine = protocol.start(cluster, name, start);
        translator = protocol.translator(name);
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        Input theirs = input;
        if (input instanceof Input.Commanded(long id, Command command) && command instanceof NodeCommand ours) {
            Command translated = protocol.command(ours);
            if (translated == null) {
                effects.add(new Effect.Refuse(
                        id, protocol.name() + " has no " + command.getClass().getSimpleName()));
                return;
            }
            leaving |= ours instanceof NodeCommand.Leave;
            theirs = new Input.Commanded(id, translated);
        }
        machine.handle(theirs, nowNanos, effects);
        for (Effect effect : effects.list())
            if (effect instanceof Effect.Publish publish) translator.translate(publish.event(), nowNanos, told::add);
        for (MembershipEvent event : told) {
            if (event instanceof MemberChanged change) changed(change);
            effects.add(new Effect.Publish(event));
        }
        told.clear();
    }

    @Override
    public long nextDeadlineNanos() {
        return machine.nextDeadlineNanos();
    }

    private void changed(MemberChanged change) {
        Member now = change.member();
        boolean forgotten = change.kind() == MembershipEvent.Kind.FORGOTTEN;
        Member before = forgotten ? members.remove(now.name()) : members.put(now.name(), now);
        count(before, -1);
        if (!forgotten) count(now, 1);
    }

    private void count(@Nullable Member member, int by) {
        if (member == null || !member.isLive()) return;
        live += by;
        digest ^= (int) Member.hash(member.name());
    }

    @Override
    public int liveMembers() {
        return members.containsKey(name) ? live : live + 1;
    }

    @Override
    public int digest() {
        return members.containsKey(name) ? digest : digest ^ (int) Member.hash(name);
    }

    @Override
    public boolean isLeaving() {
        return leaving;
    }

    @Override
    public List<Member> members() {
        return List.copyOf(members.values());
    }

    @Override
    public List<Evidence> why(String member) {
        return translator.why(member);
    }
}
