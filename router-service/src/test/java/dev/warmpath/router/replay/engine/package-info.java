@NullMarked
package dev.warmpath.router.replay.engine;

import org.jspecify.annotations.NullMarked;
