@NullMarked
package dev.warmpath.router.admin;

import org.jspecify.annotations.NullMarked;
