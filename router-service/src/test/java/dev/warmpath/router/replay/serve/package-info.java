@NullMarked
package dev.warmpath.router.replay.serve;

import org.jspecify.annotations.NullMarked;
