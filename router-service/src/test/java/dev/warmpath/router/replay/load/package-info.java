@NullMarked
package dev.warmpath.router.replay.load;

import org.jspecify.annotations.NullMarked;
