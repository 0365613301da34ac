// The camera: one stream at most, stopped as soon as it is not needed.

let stream = null;

/// Shows the camera in this element. Throws what the browser says when there is no camera or no permission.
export async function show(video) {
  release();
  if (!navigator.mediaDevices) {
    throw new DOMException("no camera can be used on this page", "NotFoundError");
  }
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
  video.srcObject = stream;
  await video.play();
}

/// Waits until a second of moving picture was seen.
export function seen(video) {
  return new Promise((resolve) => {
    const look = () => {
      if (video.currentTime < 1) return;
      video.removeEventListener("timeupdate", look);
      resolve();
    };
    video.addEventListener("timeupdate", look);
    look();
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
