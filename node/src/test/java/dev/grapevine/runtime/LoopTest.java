package dev.grapevine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LoopTest {
    private static final HostSettings SETTINGS = HostSettings.named("toy");
    private static final Consumer<Event> DEAF = event -> {};

    private Loop loop;

    @BeforeEach
    void start() throws IOException {
        loop = Loop.start("loop-under-test");
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    private Host host(Toy toy, HostSettings settings) throws IOException {
        return loop.host(toy, Sockets.bind(Address.loopback(0)), settings, DEAF);
    }

    private static Object perform(Host host, Effect... effects) throws InterruptedException, ExecutionException {
        return host.command(new Toy.Do(List.of(effects), 0)).get();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Test
    void aDatagramGoesThereAndBack() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        Host echo = host(Toy.echo(), SETTINGS);
        perform(host, new Effect.SendDatagram(echo.address(), bytes("ping")));
        Toy.Seen back = one.await(Input.Datagram.class);
        assertThat(back.bytes()).asString().isEqualTo("ping");
        assertThat(((Input.Datagram) back.input()).from()).isEqualTo(echo.address());
        assertThat(back.thread()).isEqualTo("loop-under-test");
        assertThat(host.counters().get(Counter.DATAGRAM_BYTES_OUT)).isEqualTo(4);
        assertThat(host.counters().get(Counter.DATAGRAMS_IN)).isEqualTo(1);
    }

    @Test
    void theWallClockComesBeforeTheFirstTick() throws Exception {
        Toy one = new Toy();
        long before = System.currentTimeMillis();
        host(one, SETTINGS);
        Toy.Seen first = one.seen.poll(10, TimeUnit.SECONDS);
        Toy.Seen second = one.seen.poll(10, TimeUnit.SECONDS);
        assertThat(first).isNotNull();
        assertThat(first.input()).isInstanceOf(Input.WallClock.class);
        assertThat(((Input.WallClock) first.input()).epochMillis()).isGreaterThanOrEqualTo(before);
        assertThat(second).isNotNull();
        assertThat(second.input()).isEqualTo(new Input.Tick());
    }

    @Test
    void aTickComesNotBeforeItsDeadline() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        long asked = (Long) host.command(new Toy.Do(List.of(), 30_000_000)).get();
        Toy.Seen tick = one.await(Input.Tick.class);
        while (tick.nowNanos() < asked) tick = one.await(Input.Tick.class);
        assertThat(tick.nowNanos()).isGreaterThanOrEqualTo(asked + 30_000_000);
    }

    @Test
    void aLongStreamComesBackWholeThroughAHalfClose() throws Exception {
        byte[] sent = new byte[3_000_000];
        RandomGeneratorFactory.of("L64X128MixRandom").create(7).nextBytes(sent);
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        Host echo = host(Toy.echo(), SETTINGS);
        perform(
                host,
                new Effect.OpenStream(1, echo.address(), 1_000_000_000),
                new Effect.WriteStream(1, ByteBuffer.wrap(sent)),
                new Effect.EndStream(1));
        one.await(Input.StreamConnected.class);
        java.io.ByteArrayOutputStream received = new java.io.ByteArrayOutputStream();
        while (received.size() < sent.length)
            received.write(one.await(Input.StreamBytes.class).bytes());
        assertThat(received.toByteArray()).isEqualTo(sent);
        Toy.Seen closed = one.await(Input.StreamClosed.class);
        assertThat(closed.input()).isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.REMOTE));
    }

    @Test
    void drainedIsSaidOnceEverythingIsWithTheNetwork() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        Host sink = host(new Toy(), SETTINGS);
        perform(
                host,
                new Effect.OpenStream(5, sink.address(), 1_000_000_000),
                new Effect.WriteStream(5, ByteBuffer.wrap(new byte[6_000_000])));
        one.await(Input.StreamDrained.class);
        assertThat(host.counters().get(Counter.STREAM_BYTES_OUT)).isEqualTo(6_000_000);
    }

    @Test
    void whoClosesIsToldLocalAndThePeerSeesTheEndAfterTheLastByte() throws Exception {
        Toy one = new Toy();
        Toy other = new Toy();
        Host host = host(one, SETTINGS);
        Host peer = host(other, SETTINGS);
        perform(
                host,
                new Effect.OpenStream(1, peer.address(), 1_000_000_000),
                new Effect.WriteStream(1, bytes("bye")),
                new Effect.CloseStream(1));
        assertThat(one.await(Input.StreamClosed.class).input())
                .isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.LOCAL));
    }

    @Test
    void nobodyListeningIsRefused() throws Exception {
        Sockets gone = Sockets.bind(Address.loopback(0));
        gone.close();
        Toy one = new Toy();
        perform(host(one, SETTINGS), new Effect.OpenStream(1, gone.address(), 1_000_000_000));
        assertThat(one.await(Input.StreamClosed.class).input())
                .isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.REFUSED));
    }

    @Test
    void aSilentStreamIsClosedAfterItsIdleTime() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS.withStreamIdle(java.time.Duration.ofMillis(50)));
        Host peer = host(new Toy(), SETTINGS);
        perform(host, new Effect.OpenStream(1, peer.address(), 1_000_000_000));
        assertThat(one.await(Input.StreamClosed.class).input())
                .isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.TIMED_OUT));
    }

    @Test
    void oneStreamTooManyIsTurnedAway() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        Host small = host(Toy.echo(), SETTINGS.withMaxStreams(1, 1));
        perform(host, new Effect.OpenStream(1, small.address(), 1_000_000_000), new Effect.WriteStream(1, bytes("a")));
        assertThat(one.await(Input.StreamBytes.class).bytes()).asString().isEqualTo("a");
        perform(host, new Effect.OpenStream(2, small.address(), 1_000_000_000));
        assertThat(one.await(Input.StreamClosed.class).input())
                .isEqualTo(new Input.StreamClosed(2, dev.grapevine.core.CloseReason.RESET));
        assertThat(small.counters().get(Counter.STREAMS_TURNED_AWAY)).isEqualTo(1);
        Toy mine = new Toy();
        Host full = host(mine, SETTINGS.withMaxStreams(0, 0));
        perform(full, new Effect.OpenStream(1, host.address(), 1_000_000_000));
        assertThat(mine.await(Input.StreamClosed.class).input())
                .isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.OVERLOADED));
    }

    @Test
    void aReaderThatIsTooSlowOverloadsTheStream() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS.withMaxBufferedBytes(1_000));
        try (java.net.ServerSocket neverRead =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            perform(
                    host,
                    new Effect.OpenStream(1, Address.loopback(neverRead.getLocalPort()), 1_000_000_000),
                    new Effect.WriteStream(1, ByteBuffer.wrap(new byte[1_001])));
            assertThat(one.await(Input.StreamClosed.class).input())
                    .isEqualTo(new Input.StreamClosed(1, dev.grapevine.core.CloseReason.OVERLOADED));
        }
    }

    @Test
    void connectingTakesNoLongerThanAsked() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        // A listener whose queue is full answers no SYN on Linux.
        try (java.net.ServerSocket full = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Address at = Address.loopback(full.getLocalPort());
            List<Effect> many = new ArrayList<>();
            for (int i = 1; i <= 8; i++) many.add(new Effect.OpenStream(i, at, 100_000_000));
            host.command(new Toy.Do(many, 0)).get();
            Toy.Seen closed = one.await(Input.StreamClosed.class);
            assertThat(((Input.StreamClosed) closed.input()).reason())
                    .isEqualTo(dev.grapevine.core.CloseReason.TIMED_OUT);
        }
    }

    @Test
    void everyMachineHearsOfAPauseBeforeWhatWaited() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        Host hog = host(new Toy(), SETTINGS);
        Host echo = host(Toy.echo(), SETTINGS);
        host.command(new Toy.Do(List.of(), 50_000_000)).get();
        CompletableFuture<Object> hogged = hog.command(new Toy.Hog(400_000_000));
        perform(host, new Effect.SendDatagram(echo.address(), bytes("x")));
        Toy.Seen paused = one.await(Input.Paused.class);
        assertThat(((Input.Paused) paused.input()).lostNanos()).isBetween(100_000_000L, 5_000_000_000L);
        one.await(Input.Tick.class);
        assertThatThrownBy(hogged::get)
                .hasCauseInstanceOf(RefusedException.class)
                .hasMessageContaining("hogged");
        assertThat(host.counters().get(Counter.PAUSED_NANOS)).isGreaterThan(100_000_000);
    }

    @Test
    void sleepingAsLongAsAskedIsNoPause() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        host.command(new Toy.Do(List.of(), 300_000_000)).get();
        Toy.Seen tick = one.await(Input.Tick.class);
        while (tick.nowNanos() < 300_000_000) {
            Toy.Seen next = one.seen.poll(10, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            tick = next;
            // A busy machine may really have lost time, but then much less than the 300 ms that were asked for.
            if (next.input() instanceof Input.Paused(long lost))
                assertThat(lost).isLessThan(250_000_000);
        }
    }

    @Test
    void answersArriveOffTheLoop() throws Exception {
        Host host = host(new Toy(), SETTINGS);
        String thread = host.command(new Toy.Do(List.of(), 0))
                .thenApply(any -> Thread.currentThread().getName())
                .get();
        assertThat(thread).isNotEqualTo("loop-under-test");
    }

    @Test
    void brokenLimitsComeBackAsSuch() throws Exception {
        Host host = host(new Toy(), SETTINGS);
        CompletableFuture<Object> answer = host.command(new Toy.Fail(new IllegalArgumentException("too large")));
        assertThatThrownBy(answer::get)
                .hasCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too large");
        assertThat(host.counters().get(Counter.FAULTS)).isZero();
    }

    @Test
    void aFaultIsToldAndTheMachineGoesOn() throws Exception {
        LinkedBlockingQueue<Event> heard = new LinkedBlockingQueue<>();
        Host host = loop.host(new Toy(), Sockets.bind(Address.loopback(0)), SETTINGS, heard::add);
        assertThatThrownBy(() -> host.command(new Toy.Fail(new IllegalStateException("a bug")))
                        .get())
                .hasMessageContaining("a bug");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isInstanceOf(RuntimeEvent.MachineFault.class);
        assertThat(perform(host)).isInstanceOf(Long.class);
        assertThat(host.counters().get(Counter.FAULTS)).isEqualTo(1);
    }

    @Test
    void eventsComeInOrderAndAListenerMayCallBack() throws Exception {
        List<Event> heard = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(1_000);
        CompletableFuture<Host> self = new CompletableFuture<>();
        Host host = loop.host(new Toy(), Sockets.bind(Address.loopback(0)), SETTINGS, event -> {
            if (heard.isEmpty()) self.join().command(new Toy.Do(List.of(), 0)).join();
            heard.add(event);
            all.countDown();
        });
        self.complete(host);
        for (int i = 0; i < 1_000; i++) host.post(new Toy.Do(List.of(new Effect.Publish(new Toy.Said(i))), 0));
        assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(heard).hasSize(1_000);
        for (int i = 0; i < 1_000; i++) assertThat(heard.get(i)).isEqualTo(new Toy.Said(i));
    }

    @Test
    void aListenerThatIsTooSlowIsToldWhatItMissed() throws Exception {
        LinkedBlockingQueue<Event> heard = new LinkedBlockingQueue<>();
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        Host host = loop.host(new Toy(), Sockets.bind(Address.loopback(0)), SETTINGS.withMaxWaiting(100, 3), event -> {
            taken.countDown();
            try {
                release.await();
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
            heard.add(event);
        });
        perform(host, new Effect.Publish(new Toy.Said(0)));
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
        for (int i = 1; i <= 10; i++) perform(host, new Effect.Publish(new Toy.Said(i)));
        release.countDown();
        for (int i = 0; i <= 3; i++)
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(new Toy.Said(i));
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(new RuntimeEvent.EventsLost(7));
        assertThat(host.counters().get(Counter.EVENTS_LOST)).isEqualTo(7);
    }

    @Test
    void tooManyWaitingCommandsAreRefused() throws Exception {
        Host host = host(new Toy(), SETTINGS.withMaxWaiting(1, 10));
        Host hog = host(new Toy(), SETTINGS);
        perform(host);
        hog.post(new Toy.Hog(200_000_000));
        List<CompletableFuture<Object>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) answers.add(host.command(new Toy.Do(List.of(), 0)));
        assertThat(answers.stream().filter(each -> {
                    try {
                        each.join();
                        return false;
                    } catch (java.util.concurrent.CompletionException refused) {
                        return refused.getCause() instanceof RejectedExecutionException;
                    }
                }))
                .isNotEmpty();
        assertThat(host.counters().get(Counter.COMMANDS_TURNED_AWAY)).isPositive();
    }

    @Test
    void aClosedHostFreesItsPortsAndRefusesCommands() throws Exception {
        Host host = host(new Toy(), SETTINGS);
        perform(host);
        assertThatThrownBy(() -> Sockets.bind(host.address()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining(host.address().toString());
        host.close();
        host.close();
        Sockets again = Sockets.bind(host.address());
        again.close();
        assertThatThrownBy(() -> host.command(new Toy.Do(List.of(), 0)).get())
                .hasCauseInstanceOf(RejectedExecutionException.class);
        assertThat(host.post(new Toy.Do(List.of(), 0))).isFalse();
    }

    @Test
    void closingTheLoopClosesItsHosts() throws Exception {
        Host host = host(new Toy(), SETTINGS);
        loop.close();
        host.closed().get(10, TimeUnit.SECONDS);
        Sockets.bind(host.address()).close();
        host.close();
    }

    @Test
    void namesAreLookedUpOffTheLoop() throws Exception {
        Toy one = new Toy();
        Host host = host(one, SETTINGS);
        perform(host, new Effect.Resolve("localhost", 7946));
        Input.Resolved found = (Input.Resolved) one.await(Input.Resolved.class).input();
        assertThat(found.addresses()).isNotEmpty().allMatch(Address::isLoopback);
        assertThat(found.port()).isEqualTo(7946);
    }

    @Test
    void aFilterDropsTheShareItIsAskedTo() throws Exception {
        DatagramFilter half = DatagramFilter.loss(
                0.5, RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        Host host = host(new Toy(), SETTINGS.withFilter(half));
        Host sink = host(new Toy(), SETTINGS);
        for (int i = 0; i < 1_000; i++) perform(host, new Effect.SendDatagram(sink.address(), bytes("x")));
        long sent = host.counters().get(Counter.DATAGRAMS_OUT);
        // Binomial(1000, 0.5): six standard deviations either side.
        assertThat(sent).isBetween(405L, 595L);
        assertThat(host.counters().get(Counter.DROPPED_BY_FILTER)).isEqualTo(1_000 - sent);
    }
}
