@NullMarked
package dev.warmpath.router.discovery;

import org.jspecify.annotations.NullMarked;
