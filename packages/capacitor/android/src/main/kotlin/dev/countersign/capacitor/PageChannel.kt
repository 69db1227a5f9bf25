package dev.countersign.capacitor

import android.net.Uri
import android.webkit.WebView
import androidx.webkit.JavaScriptReplyProxy
import androidx.webkit.WebMessageCompat
import androidx.webkit.WebViewCompat

/**
 * What the app's page reaches the agent by. Not Capacitor's own bridge: where that one's listener cannot be added, it is an object of every frame, and its
 * listener answers pages of `allowNavigation` too. An answer goes to the very document that asked, and to none that was loaded in its place.
 */
internal class PageChannel(private val own: String, private val ask: (PageCall, (String) -> Unit) -> Unit) : WebViewCompat.WebMessageListener {
    override fun onPostMessage(
        view: WebView, message: WebMessageCompat, sourceOrigin: Uri, isMainFrame: Boolean, replyProxy: JavaScriptReplyProxy,
    ) {
        // The WebView was told the origin already; it knows no rule for frames, and this is where the other is seen to be kept.
        if (!isOwnPage(sourceOrigin.toString(), isMainFrame, own) || message.type != WebMessageCompat.TYPE_STRING) return
        val call = message.data?.let(::parsePageCall) ?: return
        // Answers come on threads of the agent's; a reply is the main thread's.
        ask(call) { text -> view.post { replyProxy.postMessage("${call.id} $text") } }
    }
}
