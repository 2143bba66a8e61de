@NullMarked
package dev.warmpath.router.replay.report;

import org.jspecify.annotations.NullMarked;
