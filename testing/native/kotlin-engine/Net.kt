@file:Suppress("PackageDirectoryMismatch")

package android.net

/** In place of the platform's: a text, of which the scheme alone is asked. */
class Uri(private val text: String) {
    val scheme: String get() = text.substringBefore(':')

    override fun toString(): String = text
}
