package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Key rotation, asked and answered. Source: hashicorp/serf, serf/keymanager.go and serf/internal_query.go. */
final class KeyQueries {
    static final String INSTALL = "_serf_install-key";
    static final String USE = "_serf_use-key";
    static final String REMOVE = "_serf_remove-key";
    static final String LIST = "_serf_list-keys";

    private final SerfContext context;
    private final MemberTable members;
    private final Queries queries;
    private final Map<Long, QueryKey> unstored = new LinkedHashMap<>();
    private long changes;

    KeyQueries(SerfContext context, MemberTable members, Queries queries) {
        this.context = context;
        this.members = members;
        this.queries = queries;
    }

    /** Asks everybody on behalf of command {@code id}. */
    void ask(long id, String name, Bytes key) {
        int asked = 0;
        for (MemberTable.Entry entry : members.all())
            if (entry.status == MemberStatus.ALIVE || entry.status == MemberStatus.LEAVING) asked++;
        Collected collected = new Collected(id, asked);
        SerfCommand.Query query = SerfCommand.Query.toAll(name, new SerfMessage.KeyRequest(key).encoded());
        String error = queries.ask(query, collected, started -> {});
        if (error != null) context.refuse(id, error);
    }

    /** Answers to one key query. */
    private final class Collected implements Queries.Listener {
        private final long id;
        private final int numNodes;
        private final Map<String, String> messages = new LinkedHashMap<>();
        private final Map<String, Integer> keys = new LinkedHashMap<>();
        private final Map<String, Integer> primaryKeys = new LinkedHashMap<>();
        private int numResp;
        private int numErr;

        Collected(long id, int numNodes) {
            this.id = id;
            this.numNodes = numNodes;
        }

        @Override
        public void onAck(QueryKey key, String from) {}

        @Override
        public void onResponse(QueryKey key, String from, @Nullable Bytes payload) {
            numResp++;
            SerfMessage.KeyResponse response = decoded(payload);
            if (response == null) {
                messages.put(from, "Invalid key query response type: " + payload);
                numErr++;
            } else {
                if (!response.result()) numErr++;
                if (!response.result() || !response.message().isEmpty()) messages.put(from, response.message());
                if (response.keys() != null) for (String one : response.keys()) keys.merge(one, 1, Integer::sum);
                if (!response.primaryKey().isEmpty()) primaryKeys.merge(response.primaryKey(), 1, Integer::sum);
            }
            if (numResp < numNodes) return;
            queries.forget(key);
            onDone(key);
        }

        @Override
        public void onDone(QueryKey key) {
            String error = null;
            if (numErr > 0) error = numErr + "/" + numNodes + " nodes reported failure";
            else if (numResp != numNodes) error = numResp + "/" + numNodes + " nodes reported success";
            context.answer(
                    id, new SerfCommand.KeyResult(messages, numNodes, numErr, numResp, keys, primaryKeys, error));
        }
    }

    private static SerfMessage.@Nullable KeyResponse decoded(@Nullable Bytes payload) {
        if (payload == null || payload.size() == 0 || payload.at(0) != SerfMessage.KEY_RESPONSE) return null;
        try {
            return (SerfMessage.KeyResponse) SerfMessage.decode(payload);
        } catch (MalformedMessageException e) {
            return null;
        }
    }

    /** Answers another's key query, or our own. */
    void answer(String name, SerfMessage.Query query) {
        QueryKey key = new QueryKey(query.lTime(), query.id());
        Bytes payload = query.payload();
        Bytes named = Bytes.EMPTY;
        try {
            if (payload == null || payload.size() == 0 || payload.at(0) != SerfMessage.KEY_REQUEST) return;
            Bytes read = ((SerfMessage.KeyRequest) SerfMessage.decode(payload)).key();
            if (read != null) named = read;
        } catch (MalformedMessageException e) {
            return;
        }
        if (name.equals(LIST)) {
            list(key, query);
            return;
        }
        if (context.keyring.isEmpty()) {
            reply(key, false, "No keyring to modify (encryption not enabled)");
            return;
        }
        List<Bytes> before = context.keyring.keys();
        String error = switch (name) {
            case INSTALL -> context.keyring.add(named);
            case USE -> context.keyring.use(named);
            default -> context.keyring.remove(named);
        };
        if (error != null) {
            reply(key, false, error);
            return;
        }
        boolean stored = context.settings.keyringStored;
        if (stored || !before.equals(context.keyring.keys()))
            context.publish(new SerfEvent.KeyringChanged(++changes, context.keyring.keys()));
        if (!stored) reply(key, true, "");
        else {
            unstored.put(changes, key);
            if (unstored.size() > 64)
                unstored.remove(unstored.keySet().iterator().next());
        }
    }

    /** The application stored the ring, or could not. */
    void stored(long change, @Nullable String error) {
        QueryKey key = unstored.remove(change);
        if (key != null) reply(key, error == null, error == null ? "" : error);
    }

    private void reply(QueryKey key, boolean result, String message) {
        if (!result) context.notice(SerfEvent.Severity.ERR, "serf", message);
        queries.respond(key, new SerfMessage.KeyResponse(result, message, null, "").encoded());
    }

    private void list(QueryKey key, SerfMessage.Query query) {
        if (context.keyring.isEmpty()) {
            reply(key, false, "Keyring is empty (encryption not enabled)");
            return;
        }
        List<String> keys = new ArrayList<>();
        for (Bytes one : context.keyring.keys()) keys.add(Base64.getEncoder().encodeToString(one.array()));
        int all = keys.size();
        while (true) {
            String note = keys.size() == all
                    ? ""
                    : "truncated key list response, showing first " + keys.size() + " of " + all + " keys";
            Bytes payload = new SerfMessage.KeyResponse(
                            true,
                            note,
                            List.copyOf(keys),
                            Base64.getEncoder()
                                    .encodeToString(
                                            context.keyring.keys().get(0).array()))
                    .encoded();
            Bytes response = new SerfMessage.QueryResponse(query.lTime(), query.id(), context.settings.name, 0, payload)
                    .encoded();
            if (response.size() <= context.settings.queryResponseSizeLimit || keys.isEmpty()) {
                queries.respond(key, payload);
                return;
            }
            keys.remove(keys.size() - 1);
        }
    }
}
