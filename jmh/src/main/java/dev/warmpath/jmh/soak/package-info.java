/** {@code make soak}: the prefix index under churn for an hour, and whether it stays as it was. */
@NullMarked
package dev.warmpath.jmh.soak;

import org.jspecify.annotations.NullMarked;
