@file:Suppress("PackageDirectoryMismatch")

package android.net

/** In place of the platform's: a text, and nothing parsed. */
class Uri(private val text: String) {
    override fun toString(): String = text
}
