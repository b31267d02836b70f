package dev.grapevine.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An immutable value that is no record and says what it is made of, so that a recording can tell two of them apart. */
public interface Composed {
    /** Everything that equality looks at, in a fixed order: numbers, texts, bytes, records, lists of these, and others like this. */
    List<? extends @Nullable Object> composition();
}
