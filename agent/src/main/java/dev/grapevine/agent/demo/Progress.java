package dev.grapevine.agent.demo;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A live bar on a terminal; nothing elsewhere. */
final class Progress implements AutoCloseable {
    private static final int WIDEST = 78;
    private static final int REFRESH_MILLIS = 50;

    private final Screen screen;
    private final @Nullable ProgressBar bar;

    Progress(Screen screen, String task, long most) {
        this.screen = screen;
        this.bar = screen.hasBar() && most > 0
                ? new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(most)
                        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                        .setUpdateIntervalMillis(REFRESH_MILLIS)
                        .hideEta()
                        .setConsumer(
                                new DelegatingProgressBarConsumer(screen::bar, Math.min(WIDEST, Screen.width() - 1)))
                        .build()
                : null;
    }

    void at(long done) {
        if (bar != null) bar.stepTo(done);
    }

    @Override
    public void close() {
        if (bar == null) return;
        bar.close();
        screen.bar("");
    }
}
