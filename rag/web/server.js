// Speaks with the server: Gradio's queue for what streams, plain JSON for the rest.

export class Problem extends Error {}

const BUSY = "Too many people are asking at the moment. Try again in a few seconds.";
const LOST = "The server is not responding. Check that it is still running.";

async function fetched(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(LOST);
  }
  if (response.status === 401) location.reload();
  if (response.status === 413) throw new Problem("This is too long to send.");
  if (response.status === 503) throw new Problem(BUSY);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(answer.problem || `The server refused the request (${response.status}).`);
  return answer;
}

export const get = (path, query = {}) => fetched(`/api/${path}?${new URLSearchParams(query)}`);

const posted = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const post = (path, body) => fetched(`/api/${path}`, posted(body));

// Runs a Gradio event and hands each of its messages to `heard`; closing the stream makes Gradio drop it.
export async function stream(name, argument, heard, signal) {
  const { event_id: id } = await fetched(`/gradio_api/call/${name}`, { ...posted({ data: [argument] }), signal });
  await new Promise((done, failed) => {
    const source = new EventSource(`/gradio_api/call/${name}/${id}`);
    const end = (finish) => (value) => (source.close(), finish(value));
    const settle = end(done);
    let problem = null;
    source.addEventListener("generating", (event) => {
      const [message] = JSON.parse(event.data);
      if (message.problem) problem = new Problem(message.problem);
      else heard(message);
    });
    source.addEventListener("complete", () => (problem ? end(failed)(problem) : settle()));
    source.addEventListener("error", () => end(failed)(new Problem(LOST)));
    signal?.addEventListener("abort", () => settle());
  });
}
