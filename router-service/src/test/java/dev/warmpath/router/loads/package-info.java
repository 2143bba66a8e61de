@NullMarked
package dev.warmpath.router.loads;

import org.jspecify.annotations.NullMarked;
