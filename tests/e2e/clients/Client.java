// Follows its user's orders with java.net.http alone, and places one.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
    static final HttpClient http = HttpClient.newHttpClient();

    static String post(String address, String body, String token)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
        if (token != null)
            request.header("Authorization", "Token " + token);
        HttpResponse<String> answer = http.send(request.build(),
            HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2)
            throw new Exception(answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    static class Listener implements WebSocket.Listener {
        final CompletableFuture<Void> subscribed = new CompletableFuture<>();
        final CompletableFuture<String> order = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part,
                                         boolean last) {
            text.append(part);
            if (last) {
                String frame = text.toString();
                text.setLength(0);
                System.out.println(frame);
                if (frame.contains("\"command\":\"subscribe\""))
                    subscribed.complete(null);
                Matcher found = Pattern.compile("\"order\":(\\{[^}]*\\})")
                    .matcher(frame);
                if (frame.contains("\"type\":\"data.new\"") && found.find())
                    order.complete(found.group(1));
            }
            socket.request(1);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            subscribed.completeExceptionally(error);
            order.completeExceptionally(error);
        }
    }

    public static void main(String[] args) throws Exception {
        String url = args[0];
        Matcher token = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(
            post(url + "/api/token/", "{\"username\":\"" + args[1] +
                 "\",\"password\":\"" + args[2] + "\"}", null));
        if (!token.find())
            throw new Exception("no token");
        Listener listener = new Listener();
        WebSocket socket = http.newWebSocketBuilder()
            .subprotocols("orders")
            .header("Authorization", "Token " + token.group(1))
            .buildAsync(URI.create(url.replaceFirst("http", "ws") +
                                   "/data/stream/"), listener).join();
        socket.sendText("{\"command\":\"subscribe\"}", true).join();
        listener.subscribed.join();
        post(url + "/api/data/", "{\"instrument\":\"JAVA\",\"quantity\":" +
             "\"1.5\",\"price\":\"10.25\"}", token.group(1));
        System.out.println(listener.order.join());
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        System.exit(0);
    }
}
