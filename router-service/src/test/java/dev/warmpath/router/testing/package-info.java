/** Real servers and processes for tests. */
@NullMarked
package dev.warmpath.router.testing;

import org.jspecify.annotations.NullMarked;
