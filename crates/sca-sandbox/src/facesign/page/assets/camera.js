// The camera: at most one stream, stopped as soon as it is not needed.

let stream = null;

/// Shows the camera in this element. Throws the browser's error when there is no camera or no permission.
export async function show(video) {
  release();
  if (!navigator.mediaDevices) {
    throw new DOMException("no camera can be used on this page", "NotFoundError");
  }
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
  video.srcObject = stream;
  await video.play();
}

/// Waits until a second of video was played.
export function seen(video) {
  return new Promise((resolve) => {
    const check = () => {
      if (video.currentTime < 1) return;
      video.removeEventListener("timeupdate", check);
      resolve();
    };
    video.addEventListener("timeupdate", check);
    check();
  });
}

export function release() {
  for (const track of stream?.getTracks() ?? []) {
    track.stop();
  }
  stream = null;
  const video = document.querySelector("video");
  if (video) {
    video.srcObject = null;
  }
}

addEventListener("pagehide", release);
