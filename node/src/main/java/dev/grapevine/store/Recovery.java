package dev.grapevine.store;

import java.util.List;

/**
 * What was found when a store was opened.
 *
 * @param entries in the map
 * @param records read: a snapshot's entries and the changes since
 * @param lostBytes that were no whole, sound record: a crash leaves less than a batch of them at the end of a log
 * @param prefix whether what was found is what there was at some moment: a torn tail leaves that, damage elsewhere may not
 * @param damaged names of the files that had such bytes; a copy of each is kept beside with {@code .damaged} behind its name
 */
public record Recovery(int entries, int records, long lostBytes, boolean prefix, List<String> damaged) {}
