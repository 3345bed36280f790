/* Below these, columns fold into a row's detail; css/narrow.css agrees. */
export const narrowScreen = matchMedia('(max-width: 699px)');
export const mediumScreen = matchMedia('(max-width: 1100px)');
