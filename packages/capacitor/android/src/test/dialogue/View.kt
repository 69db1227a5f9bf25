@file:Suppress("PackageDirectoryMismatch")

package android.webkit

/** In place of the platform's: keeps what is posted until it is told to run it, as the main thread does. */
class WebView {
    private val waiting = ArrayDeque<Runnable>()

    fun post(work: Runnable): Boolean = waiting.add(work)

    fun run() {
        while (waiting.isNotEmpty()) waiting.removeFirst().run()
    }
}
