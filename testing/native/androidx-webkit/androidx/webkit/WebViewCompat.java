package androidx.webkit;

import android.net.Uri;
import android.webkit.WebView;
import androidx.annotation.NonNull;
import java.util.Set;

public class WebViewCompat {
    public interface WebMessageListener {
        void onPostMessage(
            @NonNull WebView view,
            @NonNull WebMessageCompat message,
            @NonNull Uri sourceOrigin,
            boolean isMainFrame,
            @NonNull JavaScriptReplyProxy replyProxy
        );
    }

    public static native void addWebMessageListener(
        @NonNull WebView webView,
        @NonNull String jsObjectName,
        @NonNull Set<String> allowedOriginRules,
        @NonNull WebMessageListener listener
    );
}
