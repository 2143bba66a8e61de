@NullMarked
package dev.warmpath.router.replay.study;

import org.jspecify.annotations.NullMarked;
